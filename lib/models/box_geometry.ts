/**
 * Boxes as tensors: the last axis is left, top, right, bottom, in pixels. All functions are
 * traceable, and gradients flow through them.
 */
import { tf } from "../engine/mod.ts";

/** Areas of boxes [..., 4], as [...]; 0 for a box whose edges have changed places. */
export function area(boxes: tf.Tensor): tf.Tensor {
  const [left, top, right, bottom] = edges(boxes);
  return extent(left, right).mul(extent(top, bottom));
}

/**
 * Intersection over union of all boxes with all others; 0 where neither has an area.
 *
 * @param a [n, p, 4]
 * @param b [n, q, 4]
 * @returns [n, p, q]
 */
export function pairwiseIou(a: tf.Tensor3D, b: tf.Tensor3D): tf.Tensor3D {
  const [one, other] = [a.expandDims(2), b.expandDims(1)]; // [n, p, 1, 4], [n, 1, q, 4]
  const shared = intersection(one, other);
  const union = area(one).add(area(other)).sub(shared);
  return tf.divNoNan(shared, union) as tf.Tensor3D;
}

/**
 * Generalised IoU loss of pairs of boxes, in 0 … 2:
 *   1 - |A ∩ B| / |A ∪ B| + (|C| - |A ∪ B|) / |C|
 * where C is the smallest box around both.
 *
 * @param a [..., 4]
 * @param b [..., 4]
 * @returns [...]
 * @see Rezatofighi et al. 2019, algorithm 1 (arXiv 1902.09630); the 1e-7 is torchvision's
 */
export function giouLoss(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  const [al, at, ar, ab] = edges(a), [bl, bt, br, bb] = edges(b);
  const shared = intersection(a, b);
  const union = signedArea(al, at, ar, ab).add(signedArea(bl, bt, br, bb)).sub(shared);
  const around = signedArea(
    ...[tf.minimum(al, bl), tf.minimum(at, bt)] as const,
    ...[tf.maximum(ar, br), tf.maximum(ab, bb)] as const,
  );
  const iou = shared.div(union.add(1e-7));
  return around.sub(union).div(around.add(1e-7)).sub(iou).add(1);
}

/** Boxes [..., 4], cut off at the edges of an image. */
export function clip(
  boxes: tf.Tensor,
  { height, width }: { height: number; width: number },
): tf.Tensor {
  const limits = tf.tensor1d([width, height, width, height]);
  return tf.minimum(tf.maximum(boxes, 0), limits);
}

/** Left, top, right and bottom of boxes [..., 4], each [...]. */
export function edges(boxes: tf.Tensor): [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor] {
  return tf.unstack(boxes, -1) as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
}

/** Of boxes whose shapes broadcast. */
function intersection(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  const [al, at, ar, ab] = edges(a), [bl, bt, br, bb] = edges(b);
  const width = extent(tf.maximum(al, bl), tf.minimum(ar, br));
  return width.mul(extent(tf.maximum(at, bt), tf.minimum(ab, bb)));
}

const extent = (low: tf.Tensor, high: tf.Tensor) => tf.relu(high.sub(low));

const signedArea = (left: tf.Tensor, top: tf.Tensor, right: tf.Tensor, bottom: tf.Tensor) =>
  right.sub(left).mul(bottom.sub(top));
