/** Training a detector on a pretrained backbone, and finding objects with it. */
import { Problem } from "../base/problem.ts";
import { type Prng, prng } from "../base/prng.ts";
import { type Progress, silent } from "../base/progress.ts";
import type { Dataset } from "../datasets/dataset.ts";
import { dispose, jit, mapTree, tf, type Tree, valueAndGradients } from "../engine/mod.ts";
import type { Detector, Found, Truth } from "../models/detector.ts";
import type { Branch, Variables } from "../models/model.ts";
import { oneAhead } from "../training/batches.ts";
import { type Optimizer, optimizer, type OptimizerConfig } from "../training/optimizers.ts";
import { warmupCosine } from "../training/schedules.ts";
import type { Policy } from "../views/policy.ts";
import { makeViews } from "../views/views.ts";
import type { Detection } from "./box_overlap.ts";
import {
  type BoxedDataset,
  type Seen,
  truthOf,
  unseenBox,
  viewsSeen,
  wholeImage,
} from "./box_views.ts";

/** How a detector is trained; plain JSON. */
export type DetectionTraining = {
  /**
   * "frozen": the backbone keeps its weights and the statistics of its batch norms. "finetuned": it
   * learns with the head, normalised by each batch.
   */
  mode: "frozen" | "finetuned";
  steps: number;
  /** Images a step. */
  batchSize: number;
  optimizer: OptimizerConfig;
  /** Steps of linear warm-up, before the cosine. */
  warmup: number;
  /** "bf16" computes convolutions in bfloat16; default "fp32". */
  precision?: "fp32" | "bf16";
  /** What the network sees: e.g. {@link wholeImage} with flips and crops. */
  views: Policy;
};

/** What a detector is trained on, and from what. */
export interface DetectorFit {
  dataset: Dataset;
  /** Which images; all by default. */
  indices?: ArrayLike<number>;
  detector: Detector;
  /** The backbone's variables, which stay as they are. */
  backbone: Variables;
  training: DetectionTraining;
  seed: number;
  progress?: Progress;
  /** Ends the training with its reason. */
  signal?: AbortSignal;
}

/** A trained detector's variables, which the caller disposes of, and each step's loss. */
export interface FittedDetector {
  variables: Variables;
  losses: number[];
}

/**
 * Trains a detector by its losses on views of images and their boxes, which move with the views.
 * Initial weights, order and views depend on the seed alone: detectors on two backbones start and go
 * alike.
 *
 * @throws {Problem} where the data set knows no boxes or has other classes than the detector, a batch
 *   has more images than there are, or a loss is not finite
 */
export async function trainDetector(fit: DetectorFit): Promise<FittedDetector> {
  const { detector, training, seed, progress = silent, signal } = fit;
  const dataset = boxed(fit.dataset), all = chosen(dataset, fit.indices);
  check(fit, all.length);
  const random = prng(seed).fork("detector");
  const descent = optimizer(training.optimizer);
  const rate = warmupCosine({
    ...{ peak: training.optimizer.learningRate, warmup: training.warmup, total: training.steps },
  });
  const step = trainingStep(detector, descent, training);
  let state = initialState(fit, descent, random.fork("initial"));
  const losses: number[] = [];
  try {
    const load = loader(fit, dataset, random);
    for await (const batch of oneAhead(batchesOf(all, training, random), load)) {
      const learningRate = tf.scalar(rate(losses.length));
      const next = await step.async(state, batch, learningRate)
        .finally(() => dispose(batch, learningRate));
      state = next.state;
      const [loss] = await next.loss.data();
      next.loss.dispose();
      losses.push(loss);
      if (!Number.isFinite(loss)) throw diverged(losses, training);
      progress(losses.length, training.steps, `loss ${loss.toFixed(3)}`);
      signal?.throwIfAborted();
    }
  } catch (error) {
    dispose(state);
    throw error;
  }
  dispose(state.optimizer);
  return { variables: { params: state.params, stats: state.stats }, losses };
}

/**
 * What a trained detector finds in each of the images, in their own pixels, the surest first.
 *
 * @param options.size side of the network's input, to which whole images are squeezed
 */
export async function detect(
  { detector, variables, dataset, indices, size, batchSize = 32, progress = silent }: {
    detector: Detector;
    variables: Variables;
    dataset: Dataset;
    indices?: ArrayLike<number>;
    size: number;
    batchSize?: number;
    progress?: Progress;
  },
): Promise<Detection[][]> {
  const all = chosen(dataset, indices), policy = wholeImage(size), views = makeViews(policy);
  const find = jit((variables: Variables, images: tf.Tensor) =>
    detector.detect(variables, images as tf.Tensor4D)
  );
  const detections: Detection[][] = [];
  for (let start = 0; start < all.length; start += batchSize) {
    const last = Math.min(start + batchSize, all.length) - 1;
    // The last batch is filled up: another size would have to be compiled.
    const batch = Array.from({ length: batchSize }, (_, i) => all[Math.min(start + i, last)]);
    const random = () => prng(start);
    const { images, seen } = await viewsSeen(views, policy, dataset, { indices: batch, random });
    const found = await find.async(variables, images).finally(() => images.dispose());
    const objects = await objectsOf(found, seen, size);
    detections.push(...objects.slice(0, last - start + 1));
    progress(last + 1, all.length);
  }
  return detections;
}

/** What was found in each view, in pixels of its image; frees what was found. */
async function objectsOf(found: Found, seen: Seen[], size: number): Promise<Detection[][]> {
  const [boxes, scores, labels] = await Promise.all(
    [found.boxes, found.scores, found.labels].map((tensor) => tensor.data()),
  );
  const k = found.scores.shape[1];
  dispose(found);
  return seen.map((view, image) =>
    Array.from({ length: k }, (_, i) => image * k + i).filter((i) => scores[i] > 0).map((i) => ({
      ...unseenBox(boxes.subarray(4 * i, 4 * i + 4), view, size),
      ...{ label: labels[i], score: scores[i] },
    }))
  );
}

type Batch = { images: tf.Tensor4D; truth: Truth; random: tf.Tensor2D };
type State = { params: Branch; stats: Tree; optimizer: Tree };

/** One step, compiled. It takes over the old state. */
function trainingStep(
  detector: Detector,
  descent: Optimizer,
  { mode, precision }: DetectionTraining,
) {
  const modes = { backbone: { training: mode === "finetuned" }, head: { training: true } };
  return jit(({ params, stats, optimizer }: State, batch: Batch, learningRate: tf.Scalar) => {
    const loss = (learned: Branch) => {
      const variables = { params: { ...params, ...learned }, stats };
      const { losses, stats: after } = detector.loss(
        ...[variables, batch.images, batch.truth, batch.random, modes] as const,
      );
      return { value: tf.addN(Object.values(losses)) as tf.Scalar, aux: after };
    };
    const learned = learnedOf(params, mode);
    const { value, gradients, aux } = valueAndGradients(loss, learned);
    const next = descent.update({ params: learned, gradients, state: optimizer, learningRate });
    const state: State = {
      params: { ...params, ...next.params as Branch },
      stats: aux,
      optimizer: next.state,
    };
    return { state, loss: value };
  }, { donate: [0], precision });
}

const learnedOf = ({ backbone, head }: Branch, mode: DetectionTraining["mode"]): Branch =>
  mode === "frozen" ? { head } : { backbone, head };

function initialState(
  { detector, backbone, training }: DetectorFit,
  descent: Optimizer,
  random: Prng,
): State {
  const head = detector.init(random);
  const copy = (tree: Tree) => mapTree((tensor) => tensor.clone(), tree);
  const params = { backbone: copy(backbone.params), head: head.params };
  return {
    params,
    stats: { backbone: copy(backbone.stats), head: head.stats },
    optimizer: descent.init(learnedOf(params, training.mode)),
  };
}

/** A batch of images by number. */
type Item = { step: number; indices: number[] };

/** Batches of a run: every image once, in a random order, before any comes again. */
function* batchesOf(
  all: number[],
  { steps, batchSize }: DetectionTraining,
  random: Prng,
): Generator<Item> {
  let waiting: number[] = [];
  for (let step = 0, round = 0; step < steps; step++) {
    if (waiting.length < batchSize) {
      waiting = [...waiting, ...random.fork(`order/${round++}`).shuffle(all)];
    }
    yield { step, indices: waiting.slice(0, batchSize) };
    waiting = waiting.slice(batchSize);
  }
}

/** Makes a batch's views, and finds where their objects are. */
function loader(
  { detector, training: { views: policy } }: DetectorFit,
  dataset: BoxedDataset,
  random: Prng,
) {
  const views = makeViews(policy), { size } = policy;
  let m = 1;
  for (let i = 0; i < dataset.length; i++) m = Math.max(m, dataset.boxes(i).length);
  const numbers = detector.random(size, size);
  return async ({ step, indices }: Item): Promise<Batch> => {
    const own = random.fork(step);
    const { images, seen } = await viewsSeen(views, policy, dataset, {
      ...{ indices, random: () => own.fork("views") },
    });
    const drawn = own.fork("losses"), shape: [number, number] = [indices.length, numbers];
    const uniform = Float32Array.from({ length: shape[0] * shape[1] }, () => drawn.next());
    const truth = truthOf(dataset, { indices, seen, size, m });
    return { images, truth, random: tf.tensor2d(uniform, shape) };
  };
}

function chosen(dataset: Dataset, indices?: ArrayLike<number>): number[] {
  return Array.from(indices ?? { length: dataset.length }, (i, at) => i ?? at);
}

function boxed(dataset: Dataset): BoxedDataset {
  if (dataset.boxes) return dataset as BoxedDataset;
  throw new Problem(
    `${dataset.name} has no boxes to train a detector on: take a set that has, e.g. VOC, COCO or ` +
      "the multi-object scenes",
  );
}

function check({ detector, dataset: { name, classes }, training }: DetectorFit, images: number) {
  const { batchSize, steps } = training;
  if (classes.length !== detector.classes) {
    throw new Problem(
      `${name} has ${classes.length} classes, but the detector ${detector.classes}: make one for ` +
        "the classes of the data set",
    );
  }
  if (images < batchSize) {
    throw new Problem(
      `${name}: ${images} images make no batch of ${batchSize}: lower batchSize or add images`,
    );
  }
  if (!Number.isInteger(steps) || steps < 1) {
    throw new Problem(`a detector's steps are ${steps}: choose a whole number from 1 on`);
  }
}

function diverged(losses: number[], { steps, optimizer }: DetectionTraining): Problem {
  return new Problem(
    `the detector's loss is ${losses.at(-1)} at step ${losses.length} of ${steps}: lower the ` +
      `learning rate of ${optimizer.learningRate}, or lengthen the warm-up`,
  );
}
