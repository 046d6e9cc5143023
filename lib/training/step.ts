/** One step of pretraining, traced once and then a single call of the engine. */
import {
  alone,
  dispose,
  jit,
  type Jitted,
  mapTree,
  type Replicas,
  tf,
  type Tree,
  valueAndGradients,
} from "../engine/mod.ts";
import type { Prng } from "../base/prng.ts";
import type { Method, Schedule, Sizes, Views } from "../methods/method.ts";
import { sameClassRate } from "../methods/negatives.ts";
import { type Modules, network, noNetwork, type Parts } from "../methods/network.ts";
import { spread } from "../methods/normalize.ts";
import type { Branch, Model, Variables } from "../models/model.ts";
import { follow } from "./ema.ts";
import { holdBack } from "./freeze.ts";
import type { Optimizer } from "./optimizers.ts";
import { shareGradients, type Sharing } from "./share_gradients.ts";

/** Everything that a step changes. Its leaves' paths are the keys of a checkpoint. */
export type TrainingState = {
  params: Parts<Tree>;
  /** Running statistics of batch norm. */
  stats: Parts<Tree>;
  /** The momentum encoder; no leaves where the method has none. */
  momentum: { params: Parts<Tree>; stats: Parts<Tree> };
  /** What the method remembers; no leaves where it remembers nothing. */
  memory: Tree;
  optimizer: Tree;
};

/** The numbers that change from step to step, by name; `learningRate` is one of them. */
export type Scalars = Readonly<Record<string, tf.Scalar>>;

/** What a step tells. */
export type Measures = {
  loss: tf.Scalar;
  /**
   * The share of an anchor's negatives that are of its class, 0 … 1, before any are excluded; of the
   * other pairs in the batch, where a method has no negatives.
   */
  sameClassNegatives: tf.Scalar;
  /** How far the embeddings point apart: 0 is a collapse, about 1 an even spread. */
  spread: tf.Scalar;
};

/** A step: the state after it, and what it tells. */
export type TrainingStep = (
  state: TrainingState,
  views: Views,
  at: Scalars,
) => { state: TrainingState; measures: Measures };

/** What is trained, and how. */
export interface Trainer<Options> {
  backbone: Model;
  method: Method<Options>;
  options: Options;
  sizes: Sizes;
  optimizer: Optimizer;
  precision: "fp32" | "bf16";
  /** Blocks compute their inner values anew for the gradient: less memory, more time. */
  recompute?: boolean;
  /** Who shares each batch; default nobody. */
  replicas?: Replicas;
  sharing?: Sharing;
}

/** The state before the first step, from a backbone's initial variables. */
export function initialState<Options>(
  { method, options, sizes, optimizer }: Omit<Trainer<Options>, "precision" | "backbone">,
  { backbone, prng }: { backbone: Variables; prng: Prng },
): TrainingState {
  const modules = Object.entries(method.heads(sizes, options));
  const heads = modules.map(([name, head]) => [name, head.init(prng.fork(name))] as const);
  const made = Object.fromEntries(heads.map(([name, { params }]) => [name, params]));
  const params = { backbone: backbone.params, heads: firstProjection(method, made) };
  const stats = {
    backbone: backbone.stats,
    heads: Object.fromEntries(heads.map(([name, { stats }]) => [name, stats])),
  };
  const copy = <T extends Tree>(tree: T) => mapTree((tensor) => tensor.clone(), tree);
  return {
    params,
    stats,
    momentum: { params: copy(followed(method, params)), stats: copy(followed(method, stats)) },
    memory: method.memory?.(prng.fork("memory"), sizes, options) ?? {},
    optimizer: optimizer.init(params),
  };
}

/** All numbers that change over a run, by name, for a method. */
export function schedulesOf<Options>(
  method: Method<Options>,
  options: Options,
  learningRate: Schedule,
): Record<string, Schedule> {
  const { momentum, frozen } = method;
  const released: Schedule = ({ step, perEpoch }) =>
    step >= (frozen?.epochs(options) ?? 0) * perEpoch ? 1 : 0;
  return {
    ...method.schedules?.(options),
    ...(momentum ? { tau: momentum.tau(options) } : {}),
    ...(frozen ? { released } : {}),
    learningRate,
  };
}

/** The pretraining step, compiled. It takes over the old state: its tensors are gone afterwards. */
export function pretrainingStep<Options>(
  trainer: Trainer<Options>,
): Jitted<Parameters<TrainingStep>, ReturnType<TrainingStep>> {
  return jit(plainStep(trainer), { precision: trainer.precision, donate: [0] });
}

/** The pretraining step as a pure function, uncompiled. */
export function plainStep<Options>(trainer: Omit<Trainer<Options>, "precision">): TrainingStep {
  return (state, views, at) => {
    const { measures, ...own } = gradientsOf(trainer)(state, views, at);
    const { gradients, ...carried } = shared(trainer, own);
    return { state: descend(trainer)({ ...state, ...carried }, gradients, at), measures };
  };
}

/** What the forward and backward pass of a batch give. */
export type Gradients = {
  gradients: Parts<Tree>;
  measures: Measures;
  /** As they are after the batch. */
  stats: Parts<Tree>;
  momentum: TrainingState["momentum"];
  memory: Tree;
};

/** What is the same in all processes once gradients have been exchanged. */
export function shared<Options>(
  trainer: Pick<Trainer<Options>, "replicas" | "sharing">,
  { gradients, stats, momentum, memory }: Omit<Gradients, "measures">,
): Omit<Gradients, "measures"> {
  const own = { gradients, stats: { online: stats, momentum: momentum.stats } };
  const { gradients: sums, stats: means } = shareGradients(own, trainer);
  return {
    gradients: sums,
    stats: means.online,
    momentum: { params: momentum.params, stats: means.momentum },
    memory,
  };
}

/**
 * The forward and backward pass: gradients, and everything but the parameters that it changes. Where a
 * batch is shared, the gradients are one's own part's.
 */
export function gradientsOf<Options>(
  { backbone, method, options, sizes, recompute, replicas = alone, sharing }: Omit<
    Trainer<Options>,
    "optimizer" | "precision"
  >,
): (state: TrainingState, views: Views, at: Scalars) => Gradients {
  const together = replicas.count > 1 && sharing?.batchNorm !== "own";
  const modules: Modules = {
    ...{ backbone, heads: method.heads(sizes, options), recompute },
    replicas: together ? replicas : undefined,
  };
  return ({ params, stats, momentum, memory }, views, at) => {
    const { value, gradients, aux } = valueAndGradients((params: Parts<Tree>) => {
      const online = network(modules, params, stats);
      const follower = network(modules, momentum.params, momentum.stats);
      const loss = method.loss!({
        online,
        momentum: method.momentum ? follower : noNetwork,
        replicas,
        views,
        memory,
        at,
      }, options);
      const aux = {
        stats: online.stats(),
        momentum: follower.stats(),
        memory: loss.memory ?? memory,
        sameClassNegatives: loss.sameClassNegatives ??
          sameClassRate(replicas.gather(views.labels)),
        spread: spread(replicas.gather(online.embeddings())),
      };
      return { value: loss.value, aux };
    }, params);
    return {
      gradients,
      measures: { loss: value, sameClassNegatives: aux.sameClassNegatives, spread: aux.spread },
      stats: aux.stats,
      momentum: { params: momentum.params, stats: aux.momentum },
      memory: aux.memory,
    };
  };
}

/** The optimizer's step, and what follows it: frozen heads, projections, the momentum encoder. */
export function descend<Options>(
  { method, optimizer }: Pick<Trainer<Options>, "method" | "optimizer">,
): (state: TrainingState, gradients: Parts<Tree>, at: Scalars) => TrainingState {
  return (state, gradients, at) => {
    const { params: before, optimizer: velocity } = state;
    const next = optimizer.update({
      params: before,
      gradients,
      state: velocity,
      learningRate: at.learningRate,
    });
    const updated = { params: next.params as Parts<Tree>, optimizer: next.state };
    const { params: { backbone, heads }, optimizer: after } = method.frozen
      ? holdBack({ params: before, optimizer: velocity }, updated, method.frozen.head, at.released)
      : updated;
    const params = { backbone, heads: projected(method, heads as Branch) };
    const momentum = method.momentum
      ? {
        params: follow(state.momentum.params, followed(method, params), at.tau),
        stats: state.momentum.stats,
      }
      : state.momentum;
    return { ...state, params, optimizer: after, momentum };
  };
}

function projected<Options>({ project }: Method<Options>, heads: Branch): Branch {
  return project ? project(heads) : heads;
}

/** Outside of a compiled step, where nothing else frees what projecting leaves behind. */
function firstProjection<Options>(method: Method<Options>, made: Branch): Branch {
  if (!method.project) return made;
  const heads = tf.tidy(() => mapTree((tensor) => tensor.clone(), projected(method, made)));
  dispose(made);
  return heads;
}

/** The part of a network that the momentum encoder has too. */
function followed<Options>({ momentum }: Method<Options>, parts: Parts<Tree>): Parts<Tree> {
  if (!momentum) return { backbone: {}, heads: {} };
  const heads = momentum.heads.map((name) => [name, (parts.heads as Branch)[name]]);
  return { backbone: parts.backbone, heads: Object.fromEntries(heads) };
}
