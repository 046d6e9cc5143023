/**
 * From images to views: a pure function of tensors, written to be compiled by XLA.
 *
 * Everything spatial is a product with a small matrix of each view's own (a row of it holds the
 * weights of one output pixel), everything else is elementwise; no shape depends on the parameters.
 * Between the steps a batch is held as [n, y, channel, x]: one batched product then acts on the
 * rows, one on the columns, and neither needs a transposition.
 */
import { tf } from "../engine/mod.ts";
import { channelOffsets, fromHueCircle, type Planes, shiftOf, toHueCircle } from "./colour.ts";
import { columns, stageColumns } from "./rows.ts";

/** Mean and standard deviation of ImageNet's channels, of values in 0 … 1. */
export const imagenet = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };

/** A view's value as a byte's, 0 … 255, not rounded: {@link imagenet} undone. */
export function byteOf(value: number, channel: number): number {
  return 255 * (value * imagenet.std[channel] + imagenet.mean[channel]);
}

/**
 * Renders views as torchvision does (RandomResizedCrop with antialiasing, flip, ColorJitter,
 * grayscale, Gaussian blur, solarize, Normalize), without its rounding to bytes between the steps.
 * The blur is a Gaussian over the whole image whose weights are renormalised at the border; PIL's
 * own, three passes of a box, is 0.6 to 1 of 255 away from it on average.
 *
 * @param images [n, 3, height, width], values in 0 … 255
 * @param rows [n, rowLength], as `toRows` makes them
 * @param size side of a view in pixels
 * @returns [n, size, size, 3], normalised by {@link imagenet}
 */
export function renderViews(images: tf.Tensor4D, rows: tf.Tensor2D, size: number): tf.Tensor4D {
  const n = images.shape[0];
  const column = (at: number) => rows.slice([0, at], [n, 1]).reshape<tf.Tensor3D>([n, 1, 1]);
  const adjust = (x: Planes<tf.Tensor3D>, at: number) => {
    const shift = shiftOf(x, column(at + 1), column(at + 2));
    return x.map((plane) => tf.clipByValue<tf.Tensor3D>(plane.mul(column(at)).add(shift), 0, 1));
  };

  let x: Planes<tf.Tensor3D> = tf.split(resizedCrop(images, column, size), 3, 2); // [n, y, x] each
  x = stageColumns.beforeHue.reduce(adjust, x);
  const circle = toHueCircle(x, column(columns.hue));
  x = channelOffsets.map((offset) => fromHueCircle(circle, offset));
  x = stageColumns.afterHue.reduce(adjust, x);
  const blurred = blur(tf.concat(x, 2), column(columns.sigma)); // [n, size, 3 size]
  const views = solarize(blurred, column(columns.solarize))
    .reshape([n, size, 3, size]).transpose<tf.Tensor4D>([0, 1, 3, 2]);
  return views.sub(tf.tensor1d(imagenet.mean)).div(tf.tensor1d(imagenet.std));
}

/** Crop, antialiased bilinear resize and flip: [n, 3, h, w] of 0 … 255 to [n, y, 3 x] of 0 … 1. */
function resizedCrop(
  images: tf.Tensor4D,
  column: (at: number) => tf.Tensor3D,
  size: number,
): tf.Tensor3D {
  const [n, , height, width] = images.shape;
  const output = steps(size).reshape<tf.Tensor3D>([1, size, 1]);
  const mirrored = tf.sub<tf.Tensor3D>(size - 1, output);
  const x = tf.where(column(columns.flip).greater(0), mirrored, output);
  const rows = resizeMatrix(output, column(columns.top), column(columns.height), height, size);
  const cols = resizeMatrix(x, column(columns.left), column(columns.width), width, size);
  const narrow = tf.matMul(images.reshape<tf.Tensor3D>([n, 3 * height, width]), cols, false, true)
    .reshape([n, 3, height, size]).transpose([0, 2, 1, 3]); // [n, h, 3, x]
  return tf.matMul(rows, narrow.reshape<tf.Tensor3D>([n, height, 3 * size])).div(255);
}

/**
 * The weights of `length` input pixels for each output pixel, [n, size, length]: a triangle around
 * the output's centre, one input pixel wide, or one output pixel where the crop is made smaller
 * (antialiasing); pixels outside of the crop do not count.
 */
function resizeMatrix(
  output: tf.Tensor3D,
  start: tf.Tensor3D,
  extent: tf.Tensor3D,
  length: number,
  size: number,
): tf.Tensor3D {
  const scale = extent.div(size); // input pixels an output pixel
  const centre = output.add(0.5).mul(scale);
  const input = steps(length).add(0.5).reshape([1, 1, length]).sub(start); // within the crop
  const distance = input.sub(centre).abs().div(scale.maximum(1));
  const inside = input.greater(0).logicalAnd(input.less(extent));
  return normaliseRows(tf.where<tf.Tensor3D>(inside, tf.sub(1, distance).relu(), 0));
}

/** Gaussian blur of [n, y, 3 x] with a sigma of each view's own; sigma 0 changes nothing. */
function blur(x: tf.Tensor3D, sigma: tf.Tensor3D): tf.Tensor3D {
  const [n, size] = x.shape;
  const distance = steps(size).reshape([size, 1]).sub(steps(size)).square(); // [y, y']
  const sharpness = tf.div(-0.5, sigma.square().add(1e-12)); // a sum, for 0 must not divide
  const weights = normaliseRows(distance.mul<tf.Tensor3D>(sharpness).exp());
  const vertical = tf.matMul(weights, x).reshape<tf.Tensor3D>([n, 3 * size, size]);
  return tf.matMul(vertical, weights, false, true).reshape([n, size, 3 * size]);
}

/** Inverts values from 128/255 on, where asked. */
function solarize(x: tf.Tensor3D, asked: tf.Tensor3D): tf.Tensor3D {
  const bright = x.greaterEqual(128 / 255).logicalAnd(asked.greater(0));
  return tf.where(bright, tf.sub(1, x), x);
}

/** 0, 1, … n - 1. */
function steps(n: number): tf.Tensor1D {
  return tf.tensor1d(Float32Array.from({ length: n }, (_, i) => i));
}

function normaliseRows(weights: tf.Tensor3D): tf.Tensor3D {
  return weights.div(weights.sum(2, true));
}
