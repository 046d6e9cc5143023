/** Pretraining: from pairs of images to a backbone. */
import { Problem } from "../base/problem.ts";
import { prng } from "../base/prng.ts";
import { type Progress, silent } from "../base/progress.ts";
import type { Dataset } from "../datasets/dataset.ts";
import { dispose, tf } from "../engine/mod.ts";
import { type MethodConfig, resolveMethod } from "../methods/index.ts";
import type { Variables } from "../models/model.ts";
import { resnet, type ResNetConfig } from "../models/resnet.ts";
import type { PairList } from "../pairs/pair_list.ts";
import type { Policy } from "../views/policy.ts";
import { makeViews, pairViews } from "../views/views.ts";
import { batches, batchesPerEpoch, oneAhead } from "./batches.ts";
import { optimizer, type OptimizerConfig } from "./optimizers.ts";
import { warmupCosine } from "./schedules.ts";
import { initialState, pretrainingStep, type Views } from "./step.ts";

/** How to train; plain JSON. */
export type TrainingConfig = {
  epochs: number;
  /** Pairs a step; the network sees twice as many images. */
  batchSize: number;
  optimizer: OptimizerConfig;
  /** Epochs of linear warm-up, before the cosine; need not be whole. */
  warmupEpochs: number;
  precision: "fp32" | "bf16";
  /** How the views of both images are drawn. */
  views: Policy;
};

/** One run of pretraining. */
export interface Fit {
  dataset: Dataset;
  pairs: PairList;
  backbone: ResNetConfig;
  method: MethodConfig;
  training: TrainingConfig;
  seed: number;
}

/** What pretraining gives; the caller disposes of both parts' variables. */
export interface Fitted {
  backbone: Variables;
  heads: Variables;
  /** The loss of every step, in order. */
  curve: { step: number; loss: number; learningRate: number }[];
  /** After the first step, which includes tracing. */
  stepsPerSecond: number;
}

/**
 * Pretrains a backbone.
 *
 * All randomness comes from the seed by name: the initial weights, the order of pairs in each epoch,
 * and the views of the anchors and of the partners of each batch. Two runs that differ in nothing
 * but their partners therefore share everything else.
 *
 * The next batch's views are drawn while a step runs, and the event loop stays free throughout.
 *
 * @param signal stops the run after the step at hand; the error is the signal's reason
 * @throws {Problem} where the pairs belong to another data set, do not fill a batch, or where the
 *   loss is no longer finite
 */
export async function fit(
  run: Fit,
  { progress = silent, signal }: { progress?: Progress; signal?: AbortSignal } = {},
): Promise<Fitted> {
  const { dataset, pairs, training, seed } = run;
  checkPairs(dataset, pairs);
  const { batchSize, epochs } = training;
  const perEpoch = batchesPerEpoch(pairs, batchSize);
  const total = epochs * perEpoch;
  const peak = training.optimizer.learningRate;
  const warmup = Math.round(training.warmupEpochs * perEpoch);
  const rate = warmupCosine({ peak, warmup, total });
  const { step, initial } = prepare(run);
  const views = makeViews(training.views);
  const random = prng(seed);
  const upcoming = oneAhead(
    batches(pairs, { batchSize, epochs, prng: random }),
    (batch) => pairViews(views, dataset, batch, random.fork(`views/${batch.epoch}/${batch.index}`)),
  );

  let state = initial;
  const curve: Fitted["curve"] = [];
  let finished = false, afterFirst = 0;
  try {
    for await (const batch of upcoming) {
      const at = { step: curve.length, learningRate: rate(curve.length) };
      const result = await advance(step, state, batch, at.learningRate);
      state = result.state;
      curve.push({ ...at, loss: result.loss });
      if (!Number.isFinite(result.loss)) throw diverged(run, total, curve[at.step]);
      afterFirst ||= performance.now();
      progress(curve.length, total, note(curve, afterFirst));
      signal?.throwIfAborted();
    }
    finished = true;
  } finally {
    dispose(finished ? state.optimizer : state);
  }
  const { params, stats } = state;
  return {
    backbone: { params: params.backbone, stats: stats.backbone },
    heads: { params: params.heads, stats: stats.heads },
    curve,
    stepsPerSecond: stepsPerSecond(curve, afterFirst),
  };
}

/** The backbone that {@link fit} starts from: the random network that a study compares with. */
export function initialBackbone(config: ResNetConfig, seed: number): Variables {
  return resnet(config).init(prng(seed).fork("weights").fork("backbone"));
}

function prepare({ backbone: config, method: { name, options: given }, training, seed }: Fit) {
  const { method, options } = resolveMethod({ name, options: given });
  const backbone = resnet(config);
  const descent = optimizer(training.optimizer);
  const { precision } = training;
  const heads = method.init(
    prng(seed).fork("weights").fork("heads"),
    backbone.features,
    options,
  );
  return {
    step: pretrainingStep({ backbone, method, options, optimizer: descent, precision }),
    initial: initialState(descent, { backbone: initialBackbone(config, seed), heads }),
  };
}

async function advance(
  step: ReturnType<typeof pretrainingStep>,
  state: Parameters<typeof step>[0],
  views: Views,
  learningRate: number,
) {
  const rate = tf.scalar(learningRate);
  try {
    const result = await step.async(state, views, rate);
    const [loss] = await result.loss.data();
    result.loss.dispose();
    return { state: result.state, loss };
  } finally {
    dispose(views, rate);
  }
}

function checkPairs(dataset: Dataset, pairs: PairList): void {
  if (pairs.dataset === dataset.hash) return;
  throw new Problem(
    `the pairs were made for a data set ${pairs.dataset.slice(0, 8)}…, but ${dataset.name} is ` +
      `${dataset.hash.slice(0, 8)}…: match its pairs anew`,
  );
}

function diverged(
  { method }: Fit,
  total: number,
  { step, loss, learningRate }: Fitted["curve"][number],
): Problem {
  return new Problem(
    `${method.name}: the loss is ${loss} at step ${step + 1} of ${total}, learning rate ` +
      `${learningRate.toPrecision(3)}: lower the learning rate or lengthen the warm-up`,
  );
}

function stepsPerSecond(curve: Fitted["curve"], afterFirst: number): number {
  return 1000 * (curve.length - 1) / (performance.now() - afterFirst);
}

function note(curve: Fitted["curve"], afterFirst: number): string {
  const loss = `loss ${curve[curve.length - 1].loss.toFixed(3)}`;
  if (curve.length === 1) return loss;
  return `${stepsPerSecond(curve, afterFirst).toFixed(1)} steps/s  ${loss}`;
}
