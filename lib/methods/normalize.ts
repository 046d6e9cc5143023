/** Directions: what cosine similarities are taken of. */
import type { tf } from "../engine/mod.ts";

/** Rows scaled to length 1, as torch's `normalize`: lengths below 1e-12 count as that. */
export function l2Normalize(x: tf.Tensor2D): tf.Tensor2D {
  return x.div(x.square().sum(1, true).maximum(1e-24).sqrt());
}
