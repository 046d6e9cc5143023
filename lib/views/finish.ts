/**
 * From the crops of a few images to their views: a pure function of tensors, written to be compiled
 * by XLA. What no view of the group needs is left out; a view is the same to the bit in any group.
 *
 * The results are those of `renderViews`, to rounding. Crops are held as [x, channel, y]; the one
 * transposition that they need comes between both halves of the blur, so that each half adds rows.
 */
import { tf, when } from "../engine/mod.ts";
import { channelOffsets, fromHueCircle, shiftOf, toHueCircle } from "./colour.ts";
import { imagenet } from "./pixels.ts";
import { columns, stageColumns } from "./rows.ts";

/**
 * Flip, colour jitter, grayscale, blur, solarize and normalise.
 *
 * @param crops [n, x, 3, y], values in 0 … 255
 * @param rows [n, rowLength], as `toRows` makes them
 * @param reach pixels on each side that the blur looks at: four times the largest sigma
 * @returns [n, y, x, 3], normalised by {@link imagenet}
 */
export function finishViews(crops: tf.Tensor4D, rows: tf.Tensor2D, reach: number): tf.Tensor4D {
  const [n, size] = crops.shape;
  const at = (column: number, length = 1) => rows.slice([0, column], [n, length]);
  const mirrored = tf.where(numbers(at(columns.flip)).greater(0), crops.reverse(1), crops);
  let x: tf.Tensor4D = mirrored.div(255);
  x = stageColumns.beforeHue.reduce((x, column) => adjust(x, at(column, 3)), x);
  x = when(at(columns.hue).notEqual(0).any(), { then: turnHue }, x, at(columns.hue));
  x = stageColumns.afterHue.reduce((x, column) => adjust(x, at(column, 3)), x);
  const then = (x: tf.Tensor3D, sigma: tf.Tensor) => blurRows(x, sigma as tf.Tensor2D, reach);
  const blurred = (x: tf.Tensor3D) =>
    reach > 0 ? when(at(columns.sigma).greater(0).any(), { then }, x, at(columns.sigma)) : x;
  const alongX = blurred(x.reshape([n, size, 3 * size]));
  const turned = alongX.reshape([n, 3 * size, size]).transpose<tf.Tensor3D>([0, 2, 1]);
  const y = blurred(turned); // [n, y, (x, 3)]
  const solarized = at(columns.solarize).greater(0).reshape([n, 1, 1]);
  const bright = y.greaterEqual(128 / 255).logicalAnd(solarized);
  const everywhere = (channels: number[]) => tf.tensor1d(Array(size).fill(channels).flat());
  return tf.where(bright, tf.sub(1, y), y)
    .sub(everywhere(imagenet.mean)).div(everywhere(imagenet.std)).reshape([n, size, size, 3]);
}

/** A number for each view. */
const numbers = (column: tf.Tensor) => column.reshape<tf.Tensor4D>([-1, 1, 1, 1]);

/** One stage of the jitter, for those views that it changes. */
function adjust(x: tf.Tensor4D, stages: tf.Tensor): tf.Tensor4D {
  const changes = (stages: tf.Tensor) => stages.notEqual(tf.tensor2d([[1, 0, 0]]));
  const then = (x: tf.Tensor4D, stages: tf.Tensor) => {
    const [a, b, c] = tf.split(stages, 3, 1).map(numbers);
    const shift = shiftOf(tf.split(x, 3, 2), b, c);
    const adjusted: tf.Tensor4D = tf.clipByValue(x.mul(a).add(shift), 0, 1);
    return tf.where(numbers(changes(stages).any(1)), adjusted, x);
  };
  return when(changes(stages).any(), { then }, x, stages);
}

function turnHue(x: tf.Tensor4D, turn: tf.Tensor): tf.Tensor4D {
  const planes: tf.Tensor4D[] = tf.split(x, 3, 2);
  const circle = toHueCircle(planes, numbers(turn));
  const turned = fromHueCircle(circle, tf.tensor4d(channelOffsets, [1, 1, 3, 1]));
  return tf.where(numbers(turn).notEqual(0), turned, x);
}

/** Gaussian blur across rows, its weights renormalised at the border; sigma 0 changes nothing. */
function blurRows(x: tf.Tensor3D, sigma: tf.Tensor2D, reach: number): tf.Tensor3D {
  const [n, size, length] = x.shape;
  const offsets = Array.from({ length: 2 * reach + 1 }, (_, i) => i - reach);
  const sharpness = tf.div(-0.5, sigma.square().add(1e-12)); // a sum, for 0 must not divide
  const weights = tf.tensor2d([offsets.map((k) => k * k)]).mul<tf.Tensor2D>(sharpness).exp();
  const padded = x.pad([[0, 0], [reach, reach], [0, 0]]);
  const taps = offsets.map((_, i) =>
    padded.slice([0, i, 0], [n, size, length]).mul(weights.slice([0, i], [n, 1]).reshape([n, 1, 1]))
  );
  const inside = (y: number, k: number) => Number(y + k >= 0 && y + k < size);
  const used = Array.from({ length: size }, (_, y) => offsets.map((k) => inside(y, k)));
  const sums = weights.reshape([n, 1, -1]).mul(tf.tensor2d(used)).sum(2, true); // [n, y, 1]
  return taps.reduce((sum, tap) => sum.add(tap)).div(sums);
}
