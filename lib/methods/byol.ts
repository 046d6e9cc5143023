/** BYOL: the online network predicts what its own slow average makes of the other view. */
import type { tf } from "../engine/mod.ts";
import { mlp } from "../models/heads.ts";
import { negativeCosine } from "./cosine.ts";
import type { Method } from "./method.ts";
import { cosineTau } from "./momentum.ts";

/** Defaults: solo-learn's for CIFAR (the paper's differ in tau alone: .996 for 1000 epochs). */
export type ByolOptions = {
  /** Share of the old average in the target network, at first; it rises to 1 by half a cosine. */
  tau: number;
  /** Width of the projector's hidden layer. */
  hidden: number;
  /** Width of the projections and predictions. */
  projection: number;
  /** Width of the predictor's hidden layer. */
  predictorHidden: number;
};

/**
 * The loss is the paper's, the sum of both directions' 2 - 2 cos, as in its code and in solo-learn;
 * lightly's example has the mean of both directions' -cos, a quarter of it but for a constant.
 *
 * The heads are lightly's and solo-learn's; in the paper's code the output layers have no bias. The
 * views pass one by one, with batch statistics of their own, through both networks, as in the
 * paper's code; the target network follows after the optimizer's step.
 *
 * @see Grill et al. 2020, "Bootstrap Your Own Latent", section 3.1 (arXiv 2006.07733)
 */
export const byol: Method<ByolOptions> = {
  name: "byol",
  title: "BYOL",
  family: "asymmetric",
  defaults: { tau: 0.99, hidden: 4096, projection: 256, predictorHidden: 4096 },
  heads: ({ features }, { hidden, projection, predictorHidden }) => ({
    projector: mlp([features, hidden, projection]),
    predictor: mlp([projection, predictorHidden, projection]),
  }),
  momentum: { heads: ["projector"], tau: ({ tau }) => cosineTau(tau, 1) },
  loss: ({ online, momentum, replicas, views: { anchor, partner } }) => {
    const [a, b] = [anchor, partner].map((view) => ({
      prediction: online.head("predictor", online.head("projector", online.backbone(view))),
      target: momentum.head("projector", momentum.backbone(view)),
    }));
    const forth = regressionLoss(a.prediction, b.target);
    const back = regressionLoss(b.prediction, a.target);
    return { value: replicas.mean(forth.add(back)) };
  },
};

/**
 * The loss of BYOL in one direction: the mean over a batch of
 *   | q / |q| - z / |z| |^2 = 2 - 2 cos(q, z)
 *
 * @param q [n, d] predictions of one view, n >= 2
 * @param z [n, d] the target network's projections of the other view
 * @returns scalar, 0 … 4
 * @throws {Problem} for a batch of one pair
 * @see Grill et al. 2020, eq. 2 (arXiv 2006.07733)
 */
export function regressionLoss(q: tf.Tensor2D, z: tf.Tensor2D): tf.Scalar {
  return negativeCosine(q, z).mul(2).add(2);
}
