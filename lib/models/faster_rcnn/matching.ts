/** Which objects candidate boxes stand for, and which of the candidates are learned from. */
import { tf } from "../../engine/mod.ts";
import { pairwiseIou } from "../box_geometry.ts";
import type { Truth } from "../detector.ts";

/** Of each candidate of n images, [n, k]. */
export type Matched = {
  /** IoU with the object that it overlaps most; -1 where the image has no objects. */
  overlap: tf.Tensor2D;
  /** Index of that object, int32. */
  index: tf.Tensor2D;
  /** Whether no other candidate overlaps some object more. */
  best: tf.Tensor2D;
};

/**
 * Finds the object for each candidate.
 *
 * @param candidates [n, k, 4], or [1, k, 4] for all images alike
 */
export function match(candidates: tf.Tensor3D, { boxes, labels }: Truth): Matched {
  const real = labels.greaterEqual(0).expandDims(1); // [n, 1, m]
  const iou = pairwiseIou(candidates, boxes); // [n, k, m]
  const known = tf.where(real, iou, tf.onesLike(iou).neg());
  const most = known.max(1, true); // of each object, [n, 1, m]
  const best = known.equal(most).logicalAnd(most.greater(0)).any(2);
  return { overlap: known.max(2), index: known.argMax(2), best: best as tf.Tensor2D };
}

/**
 * Draws `count` candidates of each image, at most the share of them positive; fewer where there are
 * fewer.
 *
 * @param positive [n, k], boolean
 * @param negative [n, k], boolean
 * @param random [n, k] uniform in 0 … 1: the highest are drawn
 * @returns [n, k], 1 for those that are drawn, else 0
 */
export function sample(
  positive: tf.Tensor2D,
  negative: tf.Tensor2D,
  random: tf.Tensor2D,
  { count, share }: { count: number; share: number },
): tf.Tensor2D {
  const most = Math.floor(count * share);
  const objects = highest(positive, random, { limit: most, wanted: tf.scalar(most) });
  const wanted = tf.sub(count, objects.sum(1, true));
  return objects.add(highest(negative, random, { limit: count, wanted }));
}

/** The candidates with the highest keys: `wanted` [n, 1] of each image, up to the limit. */
function highest(
  candidates: tf.Tensor2D,
  keys: tf.Tensor2D,
  { limit, wanted }: { limit: number; wanted: tf.Tensor },
): tf.Tensor2D {
  const [n, k] = keys.shape;
  const { values, indices } = tf.topk(
    tf.where(candidates, keys, tf.onesLike(keys).neg()),
    Math.min(limit, k),
  );
  const ranks = tf.range(0, values.shape[1]!);
  const taken = values.greaterEqual(0).logicalAnd(tf.less(ranks, wanted)).cast("float32");
  const starts = tf.range(0, n, 1, "int32").mul(tf.scalar(k, "int32")).expandDims(1);
  const places = indices.add(starts).reshape([-1, 1]);
  return tf.scatterND(places, taken.flatten(), [n * k]).reshape([n, k]);
}
