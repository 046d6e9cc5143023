/** Pretraining: from pairs of images to a backbone. */
import { Problem } from "../base/problem.ts";
import { prng } from "../base/prng.ts";
import { type Progress, silent } from "../base/progress.ts";
import type { Dataset } from "../datasets/dataset.ts";
import { dispose } from "../engine/mod.ts";
import { type MethodConfig, resolveMethod } from "../methods/index.ts";
import type { Moment, Schedule } from "../methods/method.ts";
import { backbone as backboneOf, type BackboneConfig } from "../models/backbone.ts";
import type { Variables } from "../models/model.ts";
import type { PairList } from "../pairs/pair_list.ts";
import type { Policy } from "../views/policy.ts";
import { type Advance, advancer } from "./advance.ts";
import { batchViews, type CropsConfig } from "./batch_views.ts";
import { batches, batchesPerEpoch, type Composition, oneAhead } from "./batches.ts";
import { optimizer, type OptimizerConfig } from "./optimizers.ts";
import { warmupCosine } from "./schedules.ts";
import { initialState, schedulesOf, type TrainingState } from "./step.ts";

/** How to train; plain JSON. */
export type TrainingConfig = {
  epochs: number;
  /** Pairs a step; the network sees twice as many images. */
  batchSize: number;
  /** Who meets whom in a batch; default "random". */
  composition?: Composition;
  /** In how many parts a batch is computed, one after the other, to save memory; default 1. */
  parts?: number;
  optimizer: OptimizerConfig;
  /** Epochs of linear warm-up, before the cosine; need not be whole. */
  warmupEpochs: number;
  precision: "fp32" | "bf16";
  /** How the views of both images are drawn. */
  views: Policy;
  /** Multi-crop, for the methods that use it. */
  crops?: CropsConfig;
};

/** One run of pretraining. */
export interface Fit {
  dataset: Dataset;
  pairs: PairList;
  backbone: BackboneConfig;
  method: MethodConfig;
  training: TrainingConfig;
  seed: number;
}

/** One step of the loss curve. */
export type CurvePoint = {
  step: number;
  loss: number;
  learningRate: number;
  /** Share of an anchor's negatives that were of its class, 0 … 1. */
  sameClassNegatives: number;
};

/** What pretraining gives; the caller disposes of both parts' variables. */
export interface Fitted {
  backbone: Variables;
  heads: Variables;
  /** Every step, in order. */
  curve: CurvePoint[];
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
  checkPairs(run);
  const { dataset, pairs, training, seed } = run;
  const { epochs } = training;
  const composed = { ...training, label: dataset.label };
  const perEpoch = batchesPerEpoch(pairs, composed);
  const total = epochs * perEpoch;
  const { advance, initial, schedules } = prepare(run, { perEpoch, total });
  const random = prng(seed);
  const viewsOf = batchViews(dataset, training);
  const upcoming = oneAhead(
    batches(pairs, { ...composed, prng: random }),
    (batch) => viewsOf(batch, random.fork(`views/${batch.epoch}/${batch.index}`)),
  );

  let state = initial;
  const curve: CurvePoint[] = [];
  let finished = false, afterFirst = 0;
  try {
    for await (const views of upcoming) {
      const at = valuesOf(schedules, { step: curve.length, total, perEpoch });
      const result = await advance(state, views, at);
      state = result.state;
      curve.push({ step: curve.length, learningRate: at.learningRate, ...result.told });
      checkLoss(run, total, curve);
      afterFirst ||= performance.now();
      progress(curve.length, total, note(curve, afterFirst));
      signal?.throwIfAborted();
    }
    finished = true;
  } finally {
    const { momentum, memory, optimizer } = state;
    dispose(finished ? { momentum, memory, optimizer } : state);
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
export function initialBackbone(config: BackboneConfig, seed: number): Variables {
  return backboneOf(config).init(prng(seed).fork("weights").fork("backbone"));
}

/** What a run consists of: its step, its first state, and the numbers that change over it. */
function prepare(
  { dataset, backbone: config, method: named, training, seed }: Fit,
  { perEpoch, total }: { perEpoch: number; total: number },
): { advance: Advance; initial: TrainingState; schedules: Record<string, Schedule> } {
  const { method, options } = resolveMethod(named);
  const backbone = backboneOf(config);
  const { precision, optimizer: { learningRate: peak } } = training;
  const sizes = { features: backbone.features, classes: dataset.classes.length };
  const trainer = {
    ...{ backbone, method, options, sizes, precision },
    optimizer: optimizer(training.optimizer),
  };
  const warmup = Math.round(training.warmupEpochs * perEpoch);
  const rate = warmupCosine({ peak, warmup, total });
  return {
    advance: advancer(trainer),
    initial: initialState(trainer, {
      backbone: initialBackbone(config, seed),
      prng: prng(seed).fork("weights").fork("heads"),
    }),
    schedules: schedulesOf(method, options, ({ step }) => rate(step)),
  };
}

function valuesOf(schedules: Record<string, Schedule>, moment: Moment): Record<string, number> {
  const entries = Object.entries(schedules).map(([name, value]) => [name, value(moment)]);
  return Object.fromEntries(entries);
}

function checkPairs({ dataset, pairs, training: { batchSize, parts = 1 } }: Fit): void {
  if (pairs.dataset !== dataset.hash) {
    throw new Problem(
      `the pairs were made for a data set ${pairs.dataset.slice(0, 8)}…, but ${dataset.name} is ` +
        `${dataset.hash.slice(0, 8)}…: match its pairs anew`,
    );
  }
  if (!Number.isInteger(parts) || parts < 1 || batchSize % parts !== 0) {
    throw new Problem(
      `a batchSize of ${batchSize} cannot be computed in ${parts} equal parts: change one of them`,
    );
  }
}

function checkLoss({ method }: Fit, total: number, curve: CurvePoint[]): void {
  const { step, loss, learningRate } = curve[curve.length - 1];
  if (Number.isFinite(loss)) return;
  throw new Problem(
    `${method.name}: the loss is ${loss} at step ${step + 1} of ${total}, learning rate ` +
      `${learningRate.toPrecision(3)}: lower the learning rate or lengthen the warm-up`,
  );
}

function stepsPerSecond(curve: CurvePoint[], afterFirst: number): number {
  return 1000 * (curve.length - 1) / (performance.now() - afterFirst);
}

function note(curve: CurvePoint[], afterFirst: number): string {
  const loss = `loss ${curve[curve.length - 1].loss.toFixed(3)}`;
  if (curve.length === 1) return loss;
  return `${stepsPerSecond(curve, afterFirst).toFixed(1)} steps/s  ${loss}`;
}
