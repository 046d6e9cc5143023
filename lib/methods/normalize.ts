/** Directions: what cosine similarities are taken of. */
import type { tf } from "../engine/mod.ts";

/** Rows scaled to length 1, as torch's `normalize`: lengths below 1e-12 count as that. */
export function l2Normalize(x: tf.Tensor2D): tf.Tensor2D {
  return x.div(x.square().sum(1, true).maximum(1e-24).sqrt());
}

/**
 * How far embeddings point apart: the standard deviation of each dimension of the unit vectors,
 * averaged over the d dimensions, times sqrt(d). 0 where all point one way (collapse), about 1 where
 * all directions are equally likely.
 *
 * @param x [n, d], n >= 2
 * @see Chen & He 2021, SimSiam, section 4.1, where an even spread is 1 / sqrt(d) (arXiv 2011.10566)
 */
export function spread(x: tf.Tensor2D): tf.Scalar {
  const [n, d] = x.shape;
  const unit = l2Normalize(x);
  const variance = unit.sub(unit.mean(0)).square().sum(0).div(Math.max(1, n - 1)); // unbiased, as torch's
  return variance.sqrt().mean().mul(Math.sqrt(d)) as tf.Scalar;
}
