/** VICReg: both views alike, each feature spread over the batch, no two features alike. */
import { relu, tf } from "../engine/mod.ts";
import { mlp } from "../models/heads.ts";
import type { Method } from "./method.ts";
import { requirePairs } from "./ranges.ts";

/** Weights of the three terms. */
export type VicregWeights = { invariance: number; variance: number; covariance: number };

/** Defaults: solo-learn's for CIFAR (the paper has 8192-wide layers). */
export type VicregOptions = VicregWeights & {
  /** Width of the projector's two hidden layers. */
  hidden: number;
  /** Width of the projections. */
  projection: number;
};

/**
 * Each view passes by itself, with batch statistics of its own, as in the paper's code. The heads
 * are lightly's and solo-learn's; the last layer's bias, which the paper's code leaves out, cancels
 * in the loss.
 */
export const vicreg: Method<VicregOptions> = {
  name: "vicreg",
  title: "VICReg",
  family: "redundancy reduction",
  defaults: { invariance: 25, variance: 25, covariance: 1, hidden: 2048, projection: 2048 },
  heads: ({ features }, { hidden, projection }) => ({
    projector: mlp([features, hidden, hidden, projection]),
  }),
  loss: ({ online, replicas, views: { anchor, partner } }, options) => {
    const [a, b] = [anchor, partner].map((view) =>
      replicas.gather(online.head("projector", online.backbone(view)))
    );
    return { value: vicregLoss(a, b, options) };
  },
};

/**
 * The loss of VICReg. With C the covariance matrix of a branch (divided by n - 1),
 *   L = invariance * s(a, b) + variance * (v(a) + v(b)) / 2 + covariance * (c(a) + c(b))
 *   s(a, b) = sum_ij (a_ij - b_ij)^2 / (n d)
 *   v(z) = sum_j max(0, 1 - sqrt(C_jj + 1e-4)) / d
 *   c(z) = sum_{j != k} C_jk^2 / d
 * This is the authors' code and lightly's. The paper's equations do not halve v, nor does
 * solo-learn: their weight of 25 is one of 50 here. Nor do they divide s by d.
 *
 * @param a [n, d] projections of the anchors, n >= 2
 * @param b [n, d] projections of the partners
 * @throws {Problem} for a batch of one pair, which has no variance
 * @see Bardes et al. 2022, "VICReg", eq. 1 to 6, algorithm 1 (arXiv 2105.04906)
 */
export function vicregLoss(
  a: tf.Tensor2D,
  b: tf.Tensor2D,
  { invariance, variance, covariance }: VicregWeights,
): tf.Scalar {
  const n = a.shape[0];
  requirePairs("VICReg", n, "has no variance");
  const [sa, sb] = [spread(a), spread(b)];
  const s = a.sub(b).square().mean();
  const v = sa.hinge.add(sb.hinge).div(2);
  const c = sa.covariance.add(sb.covariance);
  return s.mul(invariance).add(v.mul(variance)).add(c.mul(covariance)) as tf.Scalar;
}

/** v(z), how far its features fall short of deviation 1, and c(z), how far they covary. */
function spread(z: tf.Tensor2D): { hinge: tf.Tensor; covariance: tf.Tensor } {
  const [n, d] = z.shape;
  const centred = z.sub<tf.Tensor2D>(z.mean(0));
  const variances = centred.square().sum(0).div(n - 1); // [d]
  const deviations = variances.add(1e-4).sqrt();
  const matrix = tf.matMul(centred, centred, true, false).div(n - 1); // [d, d]
  const offDiagonal = matrix.square().sum().sub(variances.square().sum());
  return { hinge: relu(deviations.neg().add(1)).mean(), covariance: offDiagonal.div(d) };
}
