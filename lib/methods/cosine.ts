/** Negative cosine similarity: how far BYOL's and SimSiam's predictions are from their targets. */
import type { tf } from "../engine/mod.ts";
import { l2Normalize } from "./normalize.ts";
import { requirePairs } from "./ranges.ts";

/**
 * The mean over a batch of
 *   D(p, z) = -(p / |p|) . (z / |z|)
 * A zero vector has cosine 0 with everything.
 *
 * @param p [n, d] predictions, n >= 2
 * @param z [n, d] targets; gradients flow to them too, unless the caller stops them
 * @returns scalar, -1 … 1
 * @throws {Problem} for a batch of one pair: the predictor's batch norm would make it a constant
 * @see Chen & He 2021, "Exploring Simple Siamese Representation Learning", eq. 1 (arXiv 2011.10566)
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { tf } from "../engine/mod.ts";
 * const p = tf.tensor2d([[2, 0], [0, 1]]), z = tf.tensor2d([[1, 0], [3, 0]]);
 * deepStrictEqual([...await negativeCosine(p, z).data()], [-0.5]);
 * ```
 */
export function negativeCosine(p: tf.Tensor2D, z: tf.Tensor2D): tf.Scalar {
  const n = p.shape[0];
  requirePairs("negative cosine", n, "leaves batch norm nothing to normalise by");
  return l2Normalize(p).mul(l2Normalize(z)).sum(1).mean().neg() as tf.Scalar;
}
