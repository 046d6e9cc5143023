/** What remains of a detector's many boxes: of those that overlap, the one with the highest score. */
import { tf } from "../engine/mod.ts";
import type { Found } from "./detector.ts";
import { rowsOf } from "./rows.ts";

/**
 * Greedy non-maximum suppression in each image, each class by itself; equal scores go by index.
 * Traceable; no gradients.
 *
 * @param found [n, k, 4] boxes, [n, k] scores in any order, [n, k] labels from 0 on (of what is
 *   class-agnostic but has levels: the levels)
 * @param options.limit how many boxes of an image are kept at most, over all classes
 * @param options.overlap IoU with a better box of the class from which on a box is left out
 * @param options.least score that a box must exceed; not below 0
 * @returns by falling score, `limit` boxes of each image (or k, where that is less); all 0 behind the
 *   last that is kept
 */
export function suppress(
  { boxes, scores, labels }: Found,
  { limit, overlap, least }: { limit: number; overlap: number; least: number },
): Found {
  const most = Math.min(limit, scores.shape[1]);
  // Boxes of different classes are moved so far apart that they cannot meet.
  const apart = boxes.max().sub(boxes.min()).add(1);
  const moved = boxes.add(labels.cast("float32").mul(apart).expandDims(2));
  const perImage = tf.unstack(scores) as tf.Tensor1D[];
  const images = tf.unstack(moved).map((boxes, i) => {
    const { selectedIndices, validOutputs } = tf.image.nonMaxSuppressionPadded(
      ...[boxes as tf.Tensor2D, perImage[i], most, overlap, least] as const,
      true, // indices are padded to that many
    );
    const kept = tf.less(tf.range(0, most, 1, "int32"), validOutputs);
    return { indices: selectedIndices as tf.Tensor1D, kept };
  });
  const only = <T extends tf.Tensor>(kept: tf.Tensor, x: T) =>
    tf.where(kept, x, tf.zerosLike(x)) as T;
  const kept = tf.stack(images.map(({ kept }) => kept)); // [n, limit]
  const chosen = tf.stack(images.map(({ indices }) => indices)) as tf.Tensor2D;
  return {
    boxes: only(kept.expandDims(2), rowsOf(boxes, chosen)),
    scores: only(kept, rowsOf(scores, chosen)),
    labels: only(kept, rowsOf(labels, chosen)),
  };
}
