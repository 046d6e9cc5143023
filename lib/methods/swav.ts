/** SwAV: each view must predict to which cluster its partner was assigned. */
import { alone, type Replicas, stopGradient, tf, type Tree } from "../engine/mod.ts";
import { mlp } from "../models/heads.ts";
import type { Branch } from "../models/model.ts";
import { prototypes, toUnitLength } from "../models/prototypes.ts";
import type { Method } from "./method.ts";
import { type Scored, scoreViews, swappedPrediction } from "./multi_crop.ts";
import { checkQueue, enqueue } from "./queue.ts";
import { requirePositive } from "./ranges.ts";
import { sinkhorn, type SinkhornOptions } from "./sinkhorn.ts";

/** Defaults: solo-learn's for CIFAR. The paper's queue starts in epoch 15, prototypes after 1. */
export type SwavOptions = SinkhornOptions & {
  temperature: number;
  /** How many past projections of each kind of full view take part in the assignment; 0: none. */
  queue: number;
  /** The epoch from which on they do, counted from 0. */
  queueStart: number;
  /** Epochs at the start in which the prototypes do not learn. */
  frozenEpochs: number;
  /** Width of the projector's hidden layer. */
  hidden: number;
  /** Width of the projections. */
  projection: number;
  /** Number of clusters. */
  prototypes: number;
};

/**
 * Full views predict each other's codes, small ones both ({@link scoreViews} says what passes
 * jointly). As in the paper's code the prototypes have no bias, which lightly's have, and length 1
 * in every forward pass; solo-learn normalises them within the layer, so that gradients see it.
 *
 * As in solo-learn and lightly's example the queue fills from the first step on; the paper's begins
 * to fill at `queueStart`. As in the paper it takes part once it is full.
 */
export const swav: Method<SwavOptions> = {
  name: "swav",
  title: "SwAV",
  family: "clustering / distillation",
  multiCrop: true,
  defaults: {
    ...{ temperature: 0.1, epsilon: 0.05, iterations: 3 },
    ...{ queue: 3840, queueStart: 50, frozenEpochs: 2 },
    ...{ hidden: 2048, projection: 128, prototypes: 3000 },
  },
  heads: ({ features }, { hidden, projection, prototypes: count }) => ({
    projector: mlp([features, hidden, projection]),
    prototypes: prototypes(projection, count),
  }),
  project: (params) => ({ ...params, prototypes: toUnitLength(params.prototypes as Branch) }),
  frozen: { head: "prototypes", epochs: ({ frozenEpochs }) => frozenEpochs },
  schedules: ({ queueStart }) => ({
    useQueue: ({ step, perEpoch }) => step >= queueStart * perEpoch ? 1 : 0,
  }),
  memory: (_, __, { queue, projection }): Tree =>
    queue > 0
      ? { anchor: tf.zeros([queue, projection]), partner: tf.zeros([queue, projection]) }
      : {},
  loss: ({ online, replicas, views: { anchor, partner, crops, labels }, memory, at }, options) => {
    const { projections, scores } = scoreViews(online, [anchor, partner], crops);
    const shared = { ...options, replicas };
    if (options.queue <= 0) return { value: replicas.mean(swavLoss(scores, shared)) };
    const queues = memory as { anchor: tf.Tensor2D; partner: tf.Tensor2D };
    checkQueue("SwAV", queues.anchor, replicas.gather(labels));
    const queued = [queues.anchor, queues.partner];
    const used = at.useQueue.mul<tf.Scalar>(isFull(queues.anchor));
    return {
      value: replicas.mean(swavLoss(scores, shared, {
        scores: queued.map((rows) => online.head("prototypes", rows)),
        used,
      })),
      memory: nextQueues(queues, projections.slice(0, 2).map(replicas.gather)),
    };
  },
};

/**
 * The loss of SwAV. With q = {@link sinkhorn} of a full view's scores, and p = softmax(scores /
 * temperature) of any view, it is {@link swappedPrediction}: the mean of -sum_k q_k log p_k over both
 * q and all p of other views.
 *
 * @param views [n, k] cosines with the prototypes: the anchors' full views, the partners', small ones
 * @param options.replicas who shares the batch: codes are of all, the loss is that of one's own views
 * @param queue scores of past full views, [m, k] of the anchors and of the partners, which take part
 *   in the assignment where `used` is 1, not where it is 0
 * @returns scalar, in nats
 * @throws {Problem} for a batch of one pair, which has no clusters of equal size, or for a
 *   temperature, epsilon or number of iterations that is not above 0
 * @see Caron et al. 2020, SwAV, eq. 1, 2 and 6 (arXiv 2006.09882)
 */
export function swavLoss(
  views: tf.Tensor2D[],
  { temperature, replicas = alone, ...options }:
    & { temperature: number; replicas?: Replicas }
    & SinkhornOptions,
  queue?: { scores: tf.Tensor2D[]; used: tf.Scalar },
): tf.Scalar {
  requirePositive("SwAV", { temperature });
  const codes = views.slice(0, 2).map((own, i) => {
    const scores = replicas.gather(own);
    if (!queue) return stopGradient(replicas.own(sinkhorn(scores, options)));
    const [n, m] = [scores.shape[0], queue.scores[i].shape[0]];
    const weights = tf.concat([tf.ones([n]), tf.fill([m], 1).mul(queue.used)]) as tf.Tensor1D;
    const all = sinkhorn(tf.concat([scores, queue.scores[i]]), options, weights); // [n + m, k]
    return stopGradient(replicas.own(all.slice<tf.Tensor2D>(0, n)));
  });
  return swappedPrediction(views.map((scores) => scores.div<tf.Tensor2D>(temperature)), codes);
}

/** 1 if the queue's last row is no longer the zeros that it started from, else 0. */
function isFull(queue: tf.Tensor2D): tf.Scalar {
  return queue.slice(queue.shape[0] - 1, 1).abs().sum().greater(0).cast("float32");
}

function nextQueues(
  { anchor, partner }: { anchor: tf.Tensor2D; partner: tf.Tensor2D },
  projections: Scored["projections"],
): Tree {
  return { anchor: enqueue(anchor, projections[0]), partner: enqueue(partner, projections[1]) };
}
