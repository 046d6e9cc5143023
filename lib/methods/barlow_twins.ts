/** Barlow Twins: the cross-correlation of both views' projections must be the identity. */
import { batchNormTraining, tf } from "../engine/mod.ts";
import { mlp } from "../models/heads.ts";
import type { Method } from "./method.ts";
import { requirePairs } from "./ranges.ts";

/**
 * Defaults: solo-learn's for CIFAR. The paper has 8192-wide layers and no scale; its code once had
 * a scale of .024, and later as much smaller a learning rate for biases and norms instead: under
 * LARS, which takes the scale out of all other steps, that comes to nearly the same.
 */
export type BarlowTwinsOptions = {
  /** Weight of the off-diagonal terms. */
  lambda: number;
  /** Factor of the whole loss. */
  scale: number;
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
export const barlowTwins: Method<BarlowTwinsOptions> = {
  name: "barlow_twins",
  title: "Barlow Twins",
  family: "redundancy reduction",
  defaults: { lambda: 0.0051, scale: 0.1, hidden: 2048, projection: 2048 },
  heads: ({ features }, { hidden, projection }) => ({
    projector: mlp([features, hidden, hidden, projection]),
  }),
  loss: ({ online, replicas, views: { anchor, partner } }, options) => {
    const [a, b] = [anchor, partner].map((view) =>
      replicas.gather(online.head("projector", online.backbone(view)))
    );
    return { value: crossCorrelationLoss(a, b, options) };
  },
};

/**
 * The loss of Barlow Twins. With C = A^T B / n, where A and B are a and b standardised over the
 * batch (biased deviation, epsilon 1e-5, as batch norm without gain and bias does it),
 *   L = scale * ( sum_i (1 - C_ii)^2 + lambda * sum_{i != j} C_ij^2 )
 * A feature that is the same in the whole batch counts as uncorrelated with everything.
 *
 * @param a [n, d] projections of the anchors, n >= 2
 * @param b [n, d] projections of the partners
 * @throws {Problem} for a batch of one pair, which has no correlation
 * @see Zbontar et al. 2021, "Barlow Twins", eq. 1 and 2, algorithm 1 (arXiv 2103.03230)
 */
export function crossCorrelationLoss(
  a: tf.Tensor2D,
  b: tf.Tensor2D,
  { lambda, scale }: { lambda: number; scale: number },
): tf.Scalar {
  const n = a.shape[0];
  requirePairs("Barlow Twins", n, "has no correlation");
  const [za, zb] = [standardize(a), standardize(b)];
  const c = tf.matMul(za, zb, true, false).div(n); // [d, d]
  const diagonal = za.mul(zb).mean(0); // [d], cheaper than picking it out of c
  const onDiagonal = diagonal.sub(1).square().sum();
  const offDiagonal = c.square().sum().sub(diagonal.square().sum());
  return onDiagonal.add(offDiagonal.mul(lambda)).mul(scale) as tf.Scalar;
}

function standardize(x: tf.Tensor2D): tf.Tensor2D {
  const d = x.shape[1];
  return batchNormTraining(x, tf.ones([d]), tf.zeros([d])).y as tf.Tensor2D;
}
