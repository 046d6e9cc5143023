/** The loss of both of Faster R-CNN's box predictions. */
import { tf } from "../../engine/mod.ts";

/**
 * |x| - b / 2, and x² / (2 b) where |x| is below b: |x| itself where b is 0.
 *
 * @param x of any shape, which is the result's
 * @param b detectron2's default is 0, torchvision's 1/9
 * @see Girshick 2015, "Fast R-CNN", eq. 3 (arXiv 1504.08083), with b = 1
 */
export function smoothL1<T extends tf.Tensor>(x: T, b: number): T {
  const size = tf.abs(x);
  if (b === 0) return size;
  const quadratic = tf.minimum(size, b);
  return quadratic.mul(size.sub(quadratic.div(2))).div(b);
}
