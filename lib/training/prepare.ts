/** From a run's configuration to what its loop turns: steps, views, and the numbers that change. */
import { prng } from "../base/prng.ts";
import { resolveMethod } from "../methods/index.ts";
import type { Views } from "../methods/method.ts";
import { backbone as backboneOf, type BackboneConfig } from "../models/backbone.ts";
import type { Variables } from "../models/model.ts";
import { type Advance, advancer } from "./advance.ts";
import { batchViews } from "./batch_views.ts";
import { batches, batchesPerEpoch, oneAhead } from "./batches.ts";
import { optimizer } from "./optimizers.ts";
import type { Fit } from "./run.ts";
import { warmupCosine } from "./schedules.ts";
import { initialState, schedulesOf, type TrainingState } from "./step.ts";

/** A run, ready to go. */
export interface Prepared {
  /** Steps an epoch, and in all. */
  perEpoch: number;
  total: number;
  advance: Advance;
  /** The state before the first step; made anew by each call. */
  initial(): TrainingState;
  /** The numbers that change over the run, `learningRate` among them, as they are at a step. */
  at(step: number): Record<string, number>;
  /** The views of each step from this one on, the next being made while one is worked on. */
  viewsFrom(step: number): AsyncGenerator<Views[]>;
}

/** The backbone that a run starts from: the random network that a study compares with. */
export function initialBackbone(config: BackboneConfig, seed: number): Variables {
  return backboneOf(config).init(prng(seed).fork("weights").fork("backbone"));
}

/**
 * What a run consists of.
 *
 * @throws {Problem} where its pairs do not fill a batch
 */
export function prepare(
  { dataset, pairs, backbone: config, method: named, training, seed }: Fit,
): Prepared {
  const { method, options } = resolveMethod(named);
  const backbone = backboneOf(config);
  const sizes = { features: backbone.features, classes: dataset.classes.length };
  const trainer = {
    ...{ backbone, method, options, sizes, precision: training.precision },
    recompute: training.recompute,
    optimizer: optimizer(training.optimizer),
  };
  const random = prng(seed);
  const composed = { ...training, label: dataset.label, prng: random };
  const perEpoch = batchesPerEpoch(pairs, composed);
  const total = training.epochs * perEpoch;
  const warmup = Math.round(training.warmupEpochs * perEpoch);
  const rate = warmupCosine({ peak: training.optimizer.learningRate, warmup, total });
  const schedules = Object.entries(schedulesOf(method, options, ({ step }) => rate(step)));
  const viewsOf = batchViews(dataset, training);
  return {
    perEpoch,
    total,
    advance: advancer(trainer),
    initial: () =>
      initialState(trainer, {
        backbone: initialBackbone(config, seed),
        prng: random.fork("weights").fork("heads"),
      }),
    at: (step) =>
      Object.fromEntries(
        schedules.map(([name, value]) => [name, value({ step, total, perEpoch })]),
      ),
    viewsFrom: (first) =>
      oneAhead(
        batches(pairs, { ...composed, first }),
        (batch) => viewsOf(batch, random.fork(`views/${batch.epoch}/${batch.index}`)),
      ),
  };
}
