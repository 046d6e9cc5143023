/** SimCLR: each view must find its partner among all other views of the batch. */
import { softmaxCrossEntropy, tf } from "../engine/mod.ts";
import { mlp } from "../models/heads.ts";
import type { Method } from "./method.ts";
import { sameClass, shiftedIdentity } from "./negatives.ts";
import { l2Normalize } from "./normalize.ts";
import { requirePairs, requirePositive } from "./ranges.ts";

/** Defaults: solo-learn's for CIFAR. */
export type SimclrOptions = {
  temperature: number;
  /** Width of the projector's hidden layer. */
  hidden: number;
  /** Width of the projections. */
  projection: number;
  /** Diagnostic: pairs of one class are not each other's negatives. */
  excludeSameClass: boolean;
};

/**
 * The projector ends in batch norm, as in the paper's code and in lightly; solo-learn's does not.
 * Both views pass as one batch, as in the paper's code, so that batch norm sees them together.
 */
export const simclr: Method<SimclrOptions> = {
  name: "simclr",
  title: "SimCLR",
  family: "contrastive",
  defaults: { temperature: 0.2, hidden: 2048, projection: 256, excludeSameClass: false },
  heads: ({ features }, { hidden, projection }) => ({
    projector: mlp([features, hidden, projection], { output: "batch norm" }),
  }),
  loss: ({ online, replicas, views: { anchor, partner, labels } }, options) => {
    const { temperature, excludeSameClass } = options;
    const features = online.backbone(tf.concat([anchor, partner])); // [2n, features]
    const [a, b] = tf.split<tf.Tensor2D>(online.head("projector", features), 2) // [n, d] each
      .map(replicas.gather);
    const excluded = excludeSameClass ? replicas.gather(labels) : undefined;
    return { value: ntXent(a, b, { temperature, excluded }) };
  },
};

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
 * @param excluded int32 [n] labels: of the other pairs, those with the same label leave the sum
 * @returns scalar, in nats
 * @throws {Problem} for a batch of one pair, which has no negatives, or a temperature of 0 or less
 * @see Chen et al. 2020, "A Simple Framework for Contrastive Learning", eq. 1 (arXiv 2002.05709)
 */
export function ntXent(
  a: tf.Tensor2D,
  b: tf.Tensor2D,
  { temperature, excluded }: { temperature: number; excluded?: tf.Tensor1D },
): tf.Scalar {
  const n = a.shape[0];
  requirePairs("NT-Xent", n, "has no negatives");
  requirePositive("NT-Xent", { temperature });
  const z = l2Normalize(tf.concat([a, b])); // [2n, d]
  const similarity = tf.matMul(z, z, false, true).div(temperature); // [2n, 2n]
  const self = shiftedIdentity(2 * n, 2 * n);
  const partners = shiftedIdentity(2 * n, 2 * n, n); // row i's target is its partner
  const left = excluded ? excludedFrom(excluded, partners) : self; // no view finds itself
  const logits = similarity.sub(left.mul(1e9)) as tf.Tensor2D;
  return softmaxCrossEntropy(logits, partners).mean();
}

/** Which of 2n views are left out of each view's sum: all of its class but its partner. */
function excludedFrom(labels: tf.Tensor1D, partners: tf.Tensor2D): tf.Tensor2D {
  const both = tf.concat([labels, labels]);
  return sameClass(both, both).sub(partners);
}
