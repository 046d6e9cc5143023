/** One step of pretraining, traced once and then a single call of the engine. */
import { jit, type Jitted, tf, type Tree, valueAndGradients } from "../engine/mod.ts";
import type { Method } from "../methods/method.ts";
import type { Model, Variables } from "../models/model.ts";
import type { Optimizer } from "./optimizers.ts";

/** The variables of the backbone and of the method's heads. */
type Parts<T> = { backbone: T; heads: T };

/** Everything that a step changes. */
export type TrainingState = { params: Parts<Tree>; stats: Parts<Tree>; optimizer: Tree };

/** A batch: both views of each pair, [n, height, width, 3] each. */
export type Views = { anchor: tf.Tensor4D; partner: tf.Tensor4D };

/** What is trained, and how. */
export interface Trainer<Options> {
  backbone: Model;
  method: Method<Options>;
  options: Options;
  optimizer: Optimizer;
  precision: "fp32" | "bf16";
}

/** A step: the state after it, and the loss of its batch. */
export type Step = (
  state: TrainingState,
  views: Views,
  learningRate: tf.Scalar,
) => { state: TrainingState; loss: tf.Scalar };

/** The state before the first step. */
export function initialState(
  optimizer: Optimizer,
  { backbone, heads }: Parts<Variables>,
): TrainingState {
  const params = { backbone: backbone.params, heads: heads.params };
  const stats = { backbone: backbone.stats, heads: heads.stats };
  return { params, stats, optimizer: optimizer.init(params) };
}

/** The pretraining step, compiled. It takes over the old state: its tensors are gone afterwards. */
export function pretrainingStep<Options>(
  trainer: Trainer<Options>,
): Jitted<Parameters<Step>, ReturnType<Step>> {
  return jit(plainStep(trainer), { precision: trainer.precision, donate: [0] });
}

/**
 * The pretraining step as a pure function, uncompiled.
 *
 * Anchors and partners pass through the backbone as one batch of 2n images, as in SimCLR's own
 * code: batch norm sees both, so that no view can be told by its statistics, and one large batch is
 * faster than two small ones.
 */
export function plainStep<Options>(
  { backbone, method, options, optimizer }: Omit<Trainer<Options>, "precision">,
): Step {
  const lossOf = (stats: Parts<Tree>, views: Views) => (params: Parts<Tree>) => {
    const images = tf.concat([views.anchor, views.partner]); // [2n, height, width, 3]
    const body = backbone.apply(
      { params: params.backbone, stats: stats.backbone },
      images,
      { training: true },
    );
    const [anchor, partner] = tf.split<tf.Tensor2D>(body.y, 2); // [n, features] each
    const heads = { params: params.heads, stats: stats.heads };
    const loss = method.loss(heads, { anchor, partner }, options);
    return { value: loss.value, aux: { backbone: body.stats, heads: loss.stats } };
  };
  return ({ params, stats, optimizer: velocity }, views, learningRate) => {
    const { value, gradients, aux } = valueAndGradients(lossOf(stats, views), params);
    const updated = optimizer.update({ params, gradients, state: velocity, learningRate });
    const state = {
      params: updated.params as Parts<Tree>,
      stats: aux,
      optimizer: updated.state,
    };
    return { state, loss: value };
  };
}
