/** SimSiam: a network predicts what it makes of the other view itself, as if that were given. */
import { stopGradient } from "../engine/mod.ts";
import { mlp } from "../models/heads.ts";
import { negativeCosine } from "./cosine.ts";
import type { Method } from "./method.ts";

/** Defaults: solo-learn's for CIFAR, the same as the paper's for ImageNet. */
export type SimsiamOptions = {
  /** Width of the projector's two hidden layers. */
  hidden: number;
  /** Width of the projections and predictions. */
  projection: number;
  /** Width of the predictor's hidden layer: narrow, a bottleneck. */
  predictorHidden: number;
};

/**
 * With p the predictions, z the projections, D the negative cosine, and no gradient through z,
 *   L = D(p_a, z_b) / 2 + D(p_b, z_a) / 2
 *
 * The projector ends in batch norm without gain and bias, as in the paper's code, in lightly and in
 * solo-learn. The views pass one by one, with batch statistics of their own, as in all three. One
 * difference: here the predictor's learning rate is decayed like any other; solo-learn and, by an
 * option, the paper's code keep it constant, which the paper finds .4 points better (table 1).
 *
 * @see Chen & He 2021, "Exploring Simple Siamese Representation Learning", eq. 2 to 4, algorithm 1
 *   (arXiv 2011.10566)
 */
export const simsiam: Method<SimsiamOptions> = {
  name: "simsiam",
  title: "SimSiam",
  family: "asymmetric",
  defaults: { hidden: 2048, projection: 2048, predictorHidden: 512 },
  heads: ({ features }, { hidden, projection, predictorHidden }) => ({
    projector: mlp([features, hidden, hidden, projection], { output: "batch norm without gain" }),
    predictor: mlp([projection, predictorHidden, projection]),
  }),
  loss: ({ online, replicas, views: { anchor, partner } }) => {
    const [a, b] = [anchor, partner].map((view) => {
      const projection = online.head("projector", online.backbone(view));
      return {
        prediction: online.head("predictor", projection),
        target: stopGradient(projection),
      };
    });
    const forth = negativeCosine(a.prediction, b.target);
    const back = negativeCosine(b.prediction, a.target);
    return { value: replicas.mean(forth.add(back).div(2)) };
  },
};
