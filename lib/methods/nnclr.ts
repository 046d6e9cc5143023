/** NNCLR: a view's nearest neighbour in the past must find the partner among those of the batch. */
import { tf } from "../engine/mod.ts";
import { mlp } from "../models/heads.ts";
import { batchInfoNce } from "./info_nce.ts";
import type { Method } from "./method.ts";
import { l2Normalize } from "./normalize.ts";
import { checkQueue, enqueue, randomQueue } from "./queue.ts";

/** Defaults: solo-learn's for CIFAR (the paper has a queue of 98304 and a temperature of .1). */
export type NnclrOptions = {
  temperature: number;
  /** Width of the projector's two hidden layers. */
  hidden: number;
  /** Width of the projections. */
  projection: number;
  /** Width of the predictor's hidden layer. */
  predictorHidden: number;
  /** Among how many past projections neighbours are looked for. */
  queue: number;
  /** Diagnostic: pairs of one class are not each other's negatives. */
  excludeSameClass: boolean;
};

/**
 * With z the projections and p the predictions of anchors (1) and partners (2), NN(z) the nearest
 * neighbour of z in the queue and l as in {@link nnclrLoss},
 *   L = l(NN(z1), p2) / 2 + l(NN(z2), p1) / 2
 * Then z1 enters the queue. No gradient flows through neighbours.
 *
 * Each view passes by itself, with batch statistics of its own. The negatives are the predictions of
 * the other view alone, as in the paper's pseudocode and in solo-learn; lightly's example takes
 * NT-Xent of neighbours and predictions, in which the neighbours are each other's negatives too.
 *
 * @see Dwibedi et al. 2021, "With a Little Help from My Friends" (arXiv 2104.14548)
 */
export const nnclr: Method<NnclrOptions> = {
  name: "nnclr",
  title: "NNCLR",
  family: "contrastive",
  defaults: {
    temperature: 0.2,
    hidden: 2048,
    projection: 256,
    predictorHidden: 4096,
    queue: 65536,
    excludeSameClass: false,
  },
  heads: ({ features }, { hidden, projection, predictorHidden }) => ({
    projector: mlp([features, hidden, hidden, projection], { output: "batch norm" }),
    predictor: mlp([projection, predictorHidden, projection]),
  }),
  memory: (prng, _, { queue, projection }) => ({ queue: randomQueue(prng, queue, projection) }),
  loss: ({ online, replicas, views, memory }, { temperature, excludeSameClass }) => {
    const { queue } = memory as { queue: tf.Tensor2D };
    const labels = replicas.gather(views.labels);
    checkQueue("NNCLR", queue, labels);
    const [z1, z2] = [views.anchor, views.partner].map((view) =>
      online.head("projector", online.backbone(view))
    );
    const [p1, p2] = [z1, z2].map((z) => replicas.gather(online.head("predictor", z)));
    const [n1, n2] = [z1, z2].map((z) => replicas.gather(nearest(z, queue)));
    const options = { temperature, excluded: excludeSameClass ? labels : undefined };
    const [there, back] = [
      nnclrLoss(n1, p2, options),
      nnclrLoss(n2, p1, options),
    ];
    return {
      value: there.add(back).div(2),
      memory: { queue: enqueue(queue, replicas.gather(l2Normalize(z1))) },
    };
  },
};

/**
 * One direction of NNCLR's loss: {@link batchInfoNce} whose queries are neighbours and whose keys are
 * the directions of predictions.
 *
 * @param neighbors [n, d] unit vectors: of each pair, the neighbour of one view; n >= 2
 * @param predictions [n, d] of the other view (normalised here)
 * @param temperature t > 0
 * @param excluded int32 [n] labels: predictions of other pairs with the same label are no negatives
 * @returns scalar, in nats
 * @throws {Problem} for a batch of one pair, which has no negatives
 * @see Dwibedi et al. 2021, eq. 3 (arXiv 2104.14548)
 */
export function nnclrLoss(
  neighbors: tf.Tensor2D,
  predictions: tf.Tensor2D,
  options: { temperature: number; excluded?: tf.Tensor1D },
): tf.Scalar {
  return batchInfoNce(neighbors, l2Normalize(predictions), options);
}

/**
 * The row of a queue of unit vectors that is nearest to each z: the smallest distance between unit
 * vectors is the largest cosine. No gradient flows through the choice.
 *
 * @param z [n, d], of any length
 * @param queue [m, d] unit vectors
 * @returns [n, d]
 */
export function nearest(z: tf.Tensor2D, queue: tf.Tensor2D): tf.Tensor2D {
  const choose = tf.customGrad((...args) => {
    const [z] = args as [tf.Tensor2D];
    const similarity = tf.matMul(z, queue, false, true); // [n, m]
    const value = tf.gatherND(queue, similarity.argMax(1).expandDims(1));
    return { value, gradFunc: (dy: tf.Tensor) => tf.zerosLike(dy) };
  });
  return choose(z) as tf.Tensor2D;
}
