/** SimCLR: each view must find its partner among all other views of the batch. */
import { Problem } from "../base/problem.ts";
import { softmaxCrossEntropy, tf } from "../engine/mod.ts";
import { mlp } from "../models/heads.ts";
import type { Method } from "./method.ts";
import { l2Normalize } from "./normalize.ts";

/** Defaults: solo-learn's for CIFAR. */
export type SimclrOptions = {
  temperature: number;
  /** Width of the projector's hidden layer. */
  hidden: number;
  /** Width of the projections. */
  projection: number;
};

export const simclr: Method<SimclrOptions> = {
  name: "simclr",
  title: "SimCLR",
  family: "contrastive",
  defaults: { temperature: 0.2, hidden: 2048, projection: 256 },
  init: (prng, features, options) => projector(features, options).init(prng.fork("projector")),
  loss: (heads, { anchor, partner }, options) => {
    const { y: z, stats } = projector(anchor.shape[1], options).apply(
      heads,
      tf.concat([anchor, partner]), // one batch for batch norm, as the paper's code has it
      { training: true },
    );
    const [a, b] = tf.split<tf.Tensor2D>(z, 2);
    return { value: ntXent(a, b, options), stats };
  },
};

const projector = (features: number, { hidden, projection }: SimclrOptions) =>
  mlp([features, hidden, projection]);

/**
 * NT-Xent, the normalised temperature-scaled cross entropy of SimCLR.
 *
 * For 2n unit vectors z, with z[i] and z[j] the two views of one pair,
 *   l(i, j) = -log( exp(z_i . z_j / t) / sum_{k != i} exp(z_i . z_k / t) )
 * and the loss is the mean of l over both directions of all pairs.
 *
 * @param a [n, d] projections of the anchors (normalised here), n >= 2
 * @param b [n, d] projections of the partners
 * @param temperature t > 0
 * @returns scalar, in nats
 * @throws {Problem} for a batch of one pair, which has no negatives
 * @see Chen et al. 2020, "A Simple Framework for Contrastive Learning", eq. 1 (arXiv 2002.05709)
 */
export function ntXent(
  a: tf.Tensor2D,
  b: tf.Tensor2D,
  { temperature }: { temperature: number },
): tf.Scalar {
  const n = a.shape[0];
  if (n < 2) {
    throw new Problem(
      `NT-Xent: a batch of ${n} pair has no negatives; use a batchSize of 2 or more`,
    );
  }
  const z = l2Normalize(tf.concat([a, b])); // [2n, d]
  const similarity = tf.matMul(z, z, false, true).div(temperature); // [2n, 2n]
  const logits = similarity.sub(oneHot(2 * n, 0).mul(1e9)) as tf.Tensor2D; // no view finds itself
  return softmaxCrossEntropy(logits, oneHot(2 * n, n)).mean(); // row i's target is its partner
}

/** [n, n] with a one in column (i + shift) mod n of row i. */
function oneHot(n: number, shift: number): tf.Tensor2D {
  const columns = Int32Array.from({ length: n }, (_, i) => (i + shift) % n);
  return tf.oneHot(tf.tensor1d(columns, "int32"), n, 1, 0, "float32") as tf.Tensor2D;
}
