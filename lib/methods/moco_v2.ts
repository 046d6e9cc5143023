/** MoCo v2: a view must find its partner among the keys of past batches. */
import { tf } from "../engine/mod.ts";
import { mlp } from "../models/heads.ts";
import { infoNce } from "./info_nce.ts";
import type { Method } from "./method.ts";
import { cosineTau } from "./momentum.ts";
import { sameClass } from "./negatives.ts";
import { l2Normalize } from "./normalize.ts";
import { checkQueue, enqueue, randomQueue } from "./queue.ts";

/**
 * Defaults: solo-learn's for CIFAR. The paper (ImageNet) has projections of 128, a queue of 65536
 * and a constant tau of .999, that is tau and finalTau alike.
 */
export type MocoV2Options = {
  temperature: number;
  /** Width of the projector's hidden layer. */
  hidden: number;
  /** Width of the projections. */
  projection: number;
  /** How many past keys are the negatives. */
  queue: number;
  /** Weight of the past in the momentum encoder, at the first step … */
  tau: number;
  /** … and at the last, by half a cosine. */
  finalTau: number;
  /** Diagnostic: keys of the anchor's class are not its negatives. */
  excludeSameClass: boolean;
};

/**
 * With q the anchors' projections and k those of the partners by the momentum encoder, the loss is
 * {@link infoNce} of q and k, whose negatives are the k of past batches. The queue starts as random
 * directions of no class.
 *
 * One direction only, as in the paper and its code; solo-learn's "MoCo v2+" adds the other one, with
 * a queue of its own. The projector is linear, relu, linear, without batch norm. The paper's shuffled
 * batch norm keeps a device from seeing which keys belong to its queries; there is one device here,
 * where a shuffle would change nothing.
 *
 * @see Chen et al. 2020, "Improved Baselines with Momentum Contrastive Learning" (arXiv 2003.04297);
 *   He et al. 2020, MoCo, algorithm 1 (arXiv 1911.05722)
 */
export const mocoV2: Method<MocoV2Options> = {
  name: "moco_v2",
  title: "MoCo v2",
  family: "contrastive",
  defaults: {
    temperature: 0.2,
    hidden: 2048,
    projection: 256,
    queue: 32768,
    tau: 0.99,
    finalTau: 0.999,
    excludeSameClass: false,
  },
  heads: ({ features }, { hidden, projection }) => ({
    projector: mlp([features, hidden, projection], { norm: false }),
  }),
  momentum: { heads: ["projector"], tau: ({ tau, finalTau }) => cosineTau(tau, finalTau) },
  memory: (prng, _, { queue, projection }) => ({
    queue: randomQueue(prng, queue, projection),
    labels: tf.fill([queue], -1, "int32"),
  }),
  loss: ({ online, momentum, replicas, views, memory }, { temperature, excludeSameClass }) => {
    const { queue, labels } = memory as { queue: tf.Tensor2D; labels: tf.Tensor1D };
    const added = replicas.gather(views.labels);
    checkQueue("MoCo v2", queue, added);
    const query = l2Normalize(online.head("projector", online.backbone(views.anchor)));
    const key = l2Normalize(momentum.head("projector", momentum.backbone(views.partner)));
    const same = sameClass(views.labels, labels); // [n, queue]
    const excluded = excludeSameClass ? same : undefined;
    return {
      value: replicas.mean(infoNce(query, key, queue, { temperature, excluded })),
      memory: {
        queue: enqueue(queue, replicas.gather(key)),
        labels: enqueue(labels, added),
      },
      sameClassNegatives: replicas.mean(same.mean()),
    };
  },
};
