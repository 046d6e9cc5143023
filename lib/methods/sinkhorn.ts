/** Soft assignment of samples to clusters of equal size. */
import { Problem } from "../base/problem.ts";
import { tf } from "../engine/mod.ts";
import { requirePositive } from "./ranges.ts";

/** How hard the codes are, and how equal the clusters. */
export type SinkhornOptions = {
  /** Weight of the codes' entropy, above 0: the smaller, the harder the codes. */
  epsilon: number;
  /** Rounds of scaling columns and rows, at least 1. */
  iterations: number;
};

/**
 * Codes by the algorithm of Sinkhorn and Knopp. From Q = exp(scores / epsilon), it scales the columns
 * (clusters) and then the rows (samples) to sum to 1, a number of times; at the end, each row is a
 * distribution, and the columns are about equal.
 *
 * It is done on logarithms here, so that no epsilon > 0 overflows.
 *
 * @param scores [n, k] cosines of n >= 2 samples with k prototypes
 * @param weights [n] how much a sample counts in its clusters, default 1; of weight 0, it gets a code
 *   but has no influence on the others'
 * @returns [n, k]; rows sum to 1
 * @throws {Problem} for a single sample, whose code is uniform whatever it is, and for options that
 *   are not above 0
 * @see Caron et al. 2020, SwAV, eq. 3-5 and appendix A.1 (arXiv 2006.09882); Cuturi 2013, "Sinkhorn
 *   Distances", algorithm 1 (arXiv 1306.0895)
 * @example
 * ```ts
 * import { tf } from "../engine/mod.ts";
 * import { ok } from "node:assert/strict";
 * // Both samples prefer the first cluster; the second sample less so, and gets the other one.
 * const codes = sinkhorn(tf.tensor2d([[1, 0], [1, 0.8]]), { epsilon: 0.05, iterations: 3 });
 * const [first, , , second] = await codes.data();
 * ok(first > 0.99 && second > 0.8);
 * ```
 */
export function sinkhorn(
  scores: tf.Tensor2D,
  { epsilon, iterations }: SinkhornOptions,
  weights: tf.Tensor1D = tf.ones([scores.shape[0]]),
): tf.Tensor2D {
  requirePositive("Sinkhorn", { epsilon, iterations });
  if (scores.shape[0] < 2) {
    throw new Problem(
      "Sinkhorn: a batch of 1 pair has no clusters of equal size; use a batchSize of 2 or more",
    );
  }
  const logWeights = weights.log().expandDims(1); // [n, 1]
  let codes: tf.Tensor2D = scores.div(epsilon); // [n, k], logarithms
  for (let i = 0; i < iterations; i++) {
    const sizes = tf.logSumExp(codes.add(logWeights), 0, true); // [1, k]
    codes = tf.logSoftmax(codes.sub<tf.Tensor2D>(sizes));
  }
  return codes.exp();
}
