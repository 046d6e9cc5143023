/** MoCo v3: each view, predicted, must find its partner's key among those of the batch. */
import type { tf } from "../engine/mod.ts";
import { mlp } from "../models/heads.ts";
import { batchInfoNce } from "./info_nce.ts";
import type { Method } from "./method.ts";
import { cosineTau } from "./momentum.ts";
import { l2Normalize } from "./normalize.ts";

/**
 * Defaults: solo-learn's for CIFAR, which are the paper's but for its temperature of 1 with a
 * ResNet-50 (.2 with a ViT).
 */
export type MocoV3Options = {
  temperature: number;
  /** Width of the hidden layers of projector and predictor. */
  hidden: number;
  /** Width of the projections. */
  projection: number;
  /**
   * The heads that the paper's code gives a ViT: a projector of three layers for two, and a
   * predictor that ends in batch norm without gain.
   */
  transformerHeads: boolean;
  /** Weight of the past in the momentum encoder, at the first step … */
  tau: number;
  /** … and at the last, by half a cosine. */
  finalTau: number;
  /** Diagnostic: pairs of one class are not each other's negatives. */
  excludeSameClass: boolean;
};

/**
 * With q the predictions and k the projections by the momentum encoder, of anchors (1) and partners
 * (2), the loss is
 *   L = l(q1, k2) + l(q2, k1),   l as in {@link mocoV3Loss}
 *
 * Each view passes by itself, with batch statistics of its own, as in the paper's code. No linear
 * layer in front of batch norm has a bias, nor has the predictor's last.
 *
 * @see Chen et al. 2021, "An Empirical Study of Training Self-Supervised Vision Transformers",
 *   algorithm 1 (arXiv 2104.02057)
 */
export const mocoV3: Method<MocoV3Options> = {
  name: "moco_v3",
  title: "MoCo v3",
  family: "contrastive",
  defaults: {
    temperature: 0.2,
    hidden: 4096,
    projection: 256,
    transformerHeads: false,
    tau: 0.99,
    finalTau: 1,
    excludeSameClass: false,
  },
  heads: ({ features }, { hidden, projection, transformerHeads }) => {
    const hiddens = transformerHeads ? [hidden, hidden] : [hidden];
    const ending = transformerHeads ? "batch norm without gain" : "linear without bias";
    return {
      projector: mlp([features, ...hiddens, projection], { output: "batch norm without gain" }),
      predictor: mlp([projection, hidden, projection], { output: ending }),
    };
  },
  momentum: { heads: ["projector"], tau: ({ tau, finalTau }) => cosineTau(tau, finalTau) },
  loss: ({ online, momentum, replicas, views }, { temperature, excludeSameClass }) => {
    const both = [views.anchor, views.partner];
    const [q1, q2] = both.map((view) =>
      replicas.gather(
        online.head("predictor", online.head("projector", online.backbone(view))),
      )
    );
    const [k1, k2] = both.map((view) =>
      replicas.gather(momentum.head("projector", momentum.backbone(view)))
    );
    const excluded = excludeSameClass ? replicas.gather(views.labels) : undefined;
    const options = { temperature, excluded };
    return { value: mocoV3Loss(q1, k2, options).add(mocoV3Loss(q2, k1, options)) };
  },
};

/**
 * One direction of MoCo v3's loss: {@link batchInfoNce} of the directions of q and k, times 2 t, so
 * that the temperature t hardly changes the size of gradients.
 *
 * @param query [n, d] predictions (normalised here), n >= 2
 * @param key [n, d] projections by the momentum encoder (normalised here)
 * @param temperature t > 0
 * @param excluded int32 [n] labels: keys of other pairs with the same label are no negatives
 * @returns scalar
 * @throws {Problem} for a batch of one pair, which has no negatives
 * @see Chen et al. 2021, eq. 1 and algorithm 1, `ctr` (arXiv 2104.02057)
 */
export function mocoV3Loss(
  query: tf.Tensor2D,
  key: tf.Tensor2D,
  options: { temperature: number; excluded?: tf.Tensor1D },
): tf.Scalar {
  return batchInfoNce(l2Normalize(query), l2Normalize(key), options).mul(2 * options.temperature);
}
