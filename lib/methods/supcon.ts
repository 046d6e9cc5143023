/** SupCon: each view must find all views of its class. A bound: it learns from labels. */
import { softmaxCrossEntropy, tf } from "../engine/mod.ts";
import { mlp } from "../models/heads.ts";
import type { Method } from "./method.ts";
import { sameClass, shiftedIdentity } from "./negatives.ts";
import { l2Normalize } from "./normalize.ts";
import { requirePairs, requirePositive } from "./ranges.ts";

/** Defaults: solo-learn's for CIFAR (the paper: temperature .1, hidden as wide as the features, 128). */
export type SupconOptions = {
  temperature: number;
  /** Width of the projector's hidden layer. */
  hidden: number;
  /** Width of the projections. */
  projection: number;
};

/**
 * The projector has no batch norm, as in the authors' code and in solo-learn. Both views pass as one
 * batch, as in the authors' code.
 */
export const supcon: Method<SupconOptions> = {
  name: "supcon",
  title: "SupCon",
  family: "bound",
  defaults: { temperature: 0.2, hidden: 2048, projection: 256 },
  heads: ({ features }, { hidden, projection }) => ({
    projector: mlp([features, hidden, projection], { norm: false }),
  }),
  loss: ({ online, replicas, views: { anchor, partner, labels } }, { temperature }) => {
    const features = online.backbone(tf.concat([anchor, partner])); // [2n, features]
    const [a, b] = tf.split<tf.Tensor2D>(online.head("projector", features), 2) // [n, d] each
      .map(replicas.gather);
    const all = replicas.gather(labels);
    // What is of one's class is a positive here, never a negative.
    return {
      value: supConLoss(a, b, { temperature, labels: all }),
      sameClassNegatives: tf.scalar(0),
    };
  },
};

/**
 * The supervised contrastive loss, with the mean over positives outside of the logarithm.
 *
 * For 2n unit vectors z, two views of each pair, with P(i) all other views of i's class,
 *   l(i) = -1/|P(i)| sum_{p in P(i)} log( exp(z_i . z_p / t) / sum_{k != i} exp(z_i . z_k / t) )
 * and the loss is the mean of l. Where every class has one pair, it is NT-Xent.
 *
 * The authors' code has a further factor t / .07, which is 1 at its default temperature; the paper
 * has none. solo-learn's loss is the paper's other one, L_in (eq. 3), with the mean inside of the
 * logarithm; the paper finds it worse.
 *
 * @param a [n, d] projections of the anchors (normalised here), n >= 2
 * @param b [n, d] projections of the partners
 * @param labels int32 [n], the pairs' classes
 * @param temperature t > 0
 * @returns scalar, in nats
 * @throws {Problem} for a batch of one pair, which has nothing to tell apart, or a temperature of 0
 * @see Khosla et al. 2020, "Supervised Contrastive Learning", eq. 2, L_out (arXiv 2004.11362)
 */
export function supConLoss(
  a: tf.Tensor2D,
  b: tf.Tensor2D,
  { temperature, labels }: { temperature: number; labels: tf.Tensor1D },
): tf.Scalar {
  const n = a.shape[0];
  requirePairs("SupCon", n, "has no negatives");
  requirePositive("SupCon", { temperature });
  const z = l2Normalize(tf.concat([a, b])); // [2n, d]
  const classes = tf.concat([labels, labels]);
  const self = shiftedIdentity(2 * n, 2 * n);
  const logits = tf.matMul(z, z, false, true).div(temperature).sub(self.mul(1e9)); // [2n, 2n]
  const positives = sameClass(classes, classes).sub(self); // at least the partner in every row
  const targets = positives.div(positives.sum(1, true));
  return softmaxCrossEntropy(logits as tf.Tensor2D, targets as tf.Tensor2D).mean();
}
