/** Supervised training of a whole network: a backbone and a linear layer behind it. */
import type { Prng } from "../base/prng.ts";
import { type Progress, silent } from "../base/progress.ts";
import type { Dataset } from "../datasets/dataset.ts";
import {
  dispose,
  jit,
  type Jitted,
  mapTree,
  tf,
  type Tree,
  valueAndGradients,
} from "../engine/mod.ts";
import { crossEntropy } from "../methods/supervised.ts";
import { backbone, type BackboneConfig } from "../models/backbone.ts";
import { chain } from "../models/compose.ts";
import { linear } from "../models/layers.ts";
import type { Model, Variables } from "../models/model.ts";
import type { Policy } from "../views/policy.ts";
import { makeViews } from "../views/views.ts";
import { oneAhead } from "./batches.ts";
import { sgd } from "./optimizers.ts";
import { warmupCosine } from "./schedules.ts";

/** How to train; plain JSON. */
export type ClassifierTraining = {
  steps: number;
  /** Images a step. */
  batchSize: number;
  /** At the first step; it falls to 0 by half a cosine. */
  learningRate: number;
  /** Pull towards 0; biases and the gains and offsets of norms are exempt. */
  weightDecay: number;
  precision: "fp32" | "bf16";
  views: Policy;
};

/** A trained network. */
export interface Trained {
  /** The caller disposes of them. */
  variables: Variables;
  /** Cross entropy of every step, in nats; ends early with the first that is not finite. */
  losses: number[];
}

/** What surrounds a training. */
export interface ClassifierOptions {
  /** Where the order of images and their views are drawn from. */
  random: Prng;
  progress?: Progress;
  /** Stops after the step at hand; the error is the signal's reason. */
  signal?: AbortSignal;
}

/**
 * A backbone with a linear layer from features to logits, whose parts are `backbone` and `head`.
 * One for each configuration in a process: what is compiled for it serves every training.
 */
export function classifier(config: BackboneConfig, classes: number): Model {
  const key = JSON.stringify([config, classes]);
  if (!classifiers.has(key)) {
    const encoder = backbone(config);
    const head = linear(encoder.features, classes, { bias: true });
    const { init, apply } = chain({ backbone: encoder, head });
    classifiers.set(key, { features: classes, init, apply: apply as Model["apply"] });
  }
  return classifiers.get(key)!;
}

const classifiers = new Map<string, Model>();

/**
 * Trains all weights by cross entropy and SGD with Nesterov momentum .9.
 *
 * Images are visited in epochs, each in an order of its own, that follow each other without a
 * break: every batch is full, and where it is larger than the data set, it has several views of an
 * image.
 * Order and views depend on the generator and the images alone.
 *
 * @param start weights and running statistics to begin with; they stay as they are
 */
export async function trainClassifier(
  network: Model,
  start: Variables,
  dataset: Dataset,
  { steps, batchSize, learningRate, weightDecay, precision, views }: ClassifierTraining,
  { random, progress = silent, signal }: ClassifierOptions,
): Promise<Trained> {
  const step = stepOf(network, precision);
  const rate = warmupCosine({ peak: learningRate, warmup: 0, total: steps });
  const order = visits(dataset.length, { steps, batchSize, random });
  const losses: number[] = [];
  let state = begin(start);
  let finished = false;
  try {
    for await (const batch of oneAhead(order, loader(dataset, views, random))) {
      const [now, decay] = [rate(losses.length), weightDecay].map((x) => tf.scalar(x));
      const at = { learningRate: now, weightDecay: decay };
      const next = await step.async(state, batch, at).finally(() => dispose(batch, at));
      state = next.state;
      const [loss] = await next.loss.data();
      next.loss.dispose();
      losses.push(loss);
      progress(losses.length, steps, `loss ${loss.toFixed(3)}`);
      if (!Number.isFinite(loss)) break;
      signal?.throwIfAborted();
    }
    finished = true;
  } finally {
    dispose(finished ? state.velocity : state);
  }
  return { variables: { params: state.params, stats: state.stats }, losses };
}

type State = Variables & { velocity: Tree };
type Batch = { images: tf.Tensor4D; labels: tf.Tensor1D };
type At = { learningRate: tf.Scalar; weightDecay: tf.Scalar };

function begin({ params, stats }: Variables): State {
  const copy = (tree: Tree) => mapTree((tensor) => tensor.clone(), tree);
  const velocity = mapTree((tensor) => tf.zerosLike(tensor), params);
  return { params: copy(params), stats: copy(stats), velocity };
}

/** The images of each step. */
function* visits(
  length: number,
  { steps, batchSize, random }: { steps: number; batchSize: number; random: Prng },
): Generator<{ step: number; images: number[] }> {
  let waiting: number[] = [];
  for (let step = 0, epoch = 0; step < steps; step++) {
    while (waiting.length < batchSize) {
      waiting = waiting.concat(random.fork(`order/${epoch++}`).shuffle(Array(length).keys()));
    }
    yield { step, images: waiting.slice(0, batchSize) };
    waiting = waiting.slice(batchSize);
  }
}

function loader(dataset: Dataset, views: Policy, random: Prng) {
  const viewsOf = makeViews(views);
  return async ({ step, images }: { step: number; images: number[] }): Promise<Batch> => ({
    images: await viewsOf(dataset, images, random.fork(`views/${step}`)),
    labels: tf.tensor1d(images.map((i) => dataset.label(i)), "int32"),
  });
}

type Step = Jitted<[State, Batch, At], { state: State; loss: tf.Scalar }>;

const compiled = { fp32: new WeakMap<Model, Step>(), bf16: new WeakMap<Model, Step>() };

/** One for each network in a process. */
function stepOf(network: Model, precision: "fp32" | "bf16"): Step {
  const compile = () => jit(plainStep(network), { precision, donate: [0] });
  const known = compiled[precision];
  if (!known.has(network)) known.set(network, compile());
  return known.get(network)!;
}

function plainStep(network: Model) {
  return (
    { velocity, ...before }: State,
    { images, labels }: Batch,
    { learningRate, weightDecay }: At,
  ) => {
    const { value, gradients, aux: stats } = valueAndGradients((params: Tree) => {
      const { y, stats } = network.apply({ ...before, params }, images, { training: true });
      return { value: crossEntropy(y, labels), aux: stats };
    }, before.params);
    const descent = sgd({ momentum: 0.9, nesterov: true, weightDecay });
    const { params } = before;
    const next = descent.update({ params, gradients, state: velocity, learningRate });
    return { state: { params: next.params, stats, velocity: next.state }, loss: value };
  };
}
