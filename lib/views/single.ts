/**
 * From an image's crop to its view, for one image: a pure function of tensors, written to be
 * compiled by XLA and run on each image of a batch.
 *
 * A large view fills a core's cache, so that its steps cost less one image after the other than all
 * images step by step; and where one image alone decides, what its view does not need is left out.
 * The results are those of {@link renderViews}. Crops are held as [x, channel, y]; the one
 * transposition that they need comes between both halves of the blur, so that each half adds rows.
 */
import { tf, when } from "../engine/mod.ts";
import { channelOffsets, fromHueCircle, shiftOf, toHueCircle } from "./colour.ts";
import { imagenet } from "./pixels.ts";
import { columns, stageColumns } from "./rows.ts";

/**
 * Flip, colour jitter, grayscale, blur, solarize and normalise.
 *
 * @param crop [x, 3, y], values in 0 … 255
 * @param row [rowLength], as `toRows` makes it
 * @param reach pixels on each side that the blur looks at: four times the largest sigma
 * @returns [y, x, 3], normalised by {@link imagenet}
 */
export function finishView(crop: tf.Tensor3D, row: tf.Tensor1D, reach: number): tf.Tensor3D {
  const size = crop.shape[0];
  const at = (column: number, n = 1) => row.slice([column], [n]);
  const mirrored = tf.where(at(columns.flip).greater(0), crop.reverse(0), crop);
  let x: tf.Tensor4D = mirrored.div(255).expandDims(0); // [1, x, 3, y]
  x = stageColumns.beforeHue.reduce((x, column) => adjust(x, at(column, 3)), x);
  x = when(at(columns.hue).notEqual(0), { then: turnHue }, x, at(columns.hue));
  x = stageColumns.afterHue.reduce((x, column) => adjust(x, at(column, 3)), x);
  const then = (x: tf.Tensor2D, sigma: tf.Tensor) => blurRows(x, sigma, reach);
  const blurred = (x: tf.Tensor2D) =>
    reach > 0 ? when(at(columns.sigma).greater(0), { then }, x, at(columns.sigma)) : x;
  const alongX = blurred(x.reshape([size, 3 * size]));
  const y = blurred(alongX.reshape<tf.Tensor2D>([3 * size, size]).transpose()); // [y, (x, 3)]
  const bright = y.greaterEqual(128 / 255).logicalAnd(at(columns.solarize).greater(0));
  const everywhere = (channels: number[]) => tf.tensor1d(Array(size).fill(channels).flat());
  return tf.where(bright, tf.sub(1, y), y)
    .sub(everywhere(imagenet.mean)).div(everywhere(imagenet.std)).reshape([size, size, 3]);
}

/** One stage of the jitter, where it changes anything. */
function adjust(x: tf.Tensor4D, stage: tf.Tensor1D): tf.Tensor4D {
  const then = (x: tf.Tensor4D, stage: tf.Tensor) => {
    const [a, b, c] = [0, 1, 2].map((i) =>
      stage.slice([i], [1]).reshape<tf.Tensor4D>([1, 1, 1, 1])
    );
    return tf.clipByValue<tf.Tensor4D>(x.mul(a).add(shiftOf(tf.split(x, 3, 2), b, c)), 0, 1);
  };
  return when(stage.notEqual(tf.tensor1d([1, 0, 0])).any(), { then }, x, stage);
}

function turnHue(x: tf.Tensor4D, turn: tf.Tensor): tf.Tensor4D {
  const planes: tf.Tensor4D[] = tf.split(x, 3, 2);
  const circle = toHueCircle(planes, turn.reshape([1, 1, 1, 1]));
  return fromHueCircle(circle, tf.tensor4d(channelOffsets, [1, 1, 3, 1]));
}

/** Gaussian blur along the first axis, its weights renormalised at the border. */
function blurRows(x: tf.Tensor2D, sigma: tf.Tensor, reach: number): tf.Tensor2D {
  const [size, length] = x.shape;
  const offsets = Array.from({ length: 2 * reach + 1 }, (_, i) => i - reach);
  const weights = tf.tensor1d(offsets.map((k) => k * k)).mul<tf.Tensor1D>(
    tf.div(-0.5, sigma.square()),
  ).exp();
  const padded = x.pad([[reach, reach], [0, 0]]);
  const taps = offsets.map((_, i) =>
    padded.slice([i, 0], [size, length]).mul(weights.slice([i], [1]))
  );
  const inside = (y: number, k: number) => Number(y + k >= 0 && y + k < size);
  const used = tf.tensor2d(
    Array.from({ length: size }, (_, y) => offsets.map((k) => inside(y, k))),
  );
  return taps.reduce((sum, tap) => sum.add(tap)).div(used.mul(weights).sum(1, true));
}
