/** From a run's configuration to what its loop turns: steps, views, and the numbers that change. */
import { Problem } from "../base/problem.ts";
import { prng } from "../base/prng.ts";
import { alone, type Replicas } from "../engine/mod.ts";
import { resolveMethod } from "../methods/index.ts";
import type { Views } from "../methods/method.ts";
import { backbone as backboneOf, type BackboneConfig } from "../models/backbone.ts";
import type { Variables } from "../models/model.ts";
import type { PairList } from "../pairs/pair_list.ts";
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
  /**
   * The views of each step from this one on, the next being made while one is worked on.
   *
   * @param backbone as it is after the last step that was taken, for pairs that it finds
   */
  viewsFrom(step: number, backbone: () => Variables): AsyncGenerator<Views[]>;
}

/** The backbone that a run starts from: the random network that a study compares with. */
export function initialBackbone(config: BackboneConfig, seed: number): Variables {
  return backboneOf(config).init(prng(seed).fork("weights").fork("backbone"));
}

/**
 * What a run consists of.
 *
 * @param replicas who shares each batch, default nobody
 * @throws {Problem} where its pairs do not fill a batch
 */
export function prepare(
  { dataset, pairs, later, backbone: config, method: named, training, seed }: Fit,
  replicas: Replicas = alone,
): Prepared {
  const { method, options } = resolveMethod(named);
  const backbone = backboneOf(config);
  const sizes = { features: backbone.features, classes: dataset.classes.length };
  const trainer = {
    ...{ backbone, method, options, sizes, precision: training.precision },
    ...{ recompute: training.recompute, sharing: training.sharing, replicas },
    optimizer: optimizer(training.optimizer),
  };
  const random = prng(seed);
  const composed = { ...training, label: dataset.label, prng: random };
  const perEpoch = batchesPerEpoch(pairs, composed);
  const total = training.epochs * perEpoch;
  const warmup = Math.round(training.warmupEpochs * perEpoch);
  const rate = warmupCosine({ peak: training.optimizer.learningRate, warmup, total });
  const schedules = Object.entries(schedulesOf(method, options, ({ step }) => rate(step)));
  const viewsOf = batchViews(dataset, { ...training, both: pairs.kind === "both", replicas });
  const stages = stagesOf(later?.from ?? [], training.epochs);
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
    viewsFrom: async function* (first, backbone) {
      for (const { from, until } of stages) {
        if (until * perEpoch <= first) continue;
        const start = from * perEpoch, begins = first <= start;
        const list = from === 0 ? pairs : await later!.pairs(from, begins ? backbone() : undefined);
        checkLater(pairs, list);
        yield* oneAhead(
          batches(list, { ...composed, first: Math.max(first, start), until }),
          (batch) => viewsOf(batch, random.fork(`views/${batch.epoch}/${batch.index}`)),
        );
      }
    },
  };
}

/** From one epoch until another, with pairs of their own. */
function stagesOf(from: readonly number[], epochs: number): { from: number; until: number }[] {
  const starts = [0, ...from];
  return starts.map((start, i) => ({ from: start, until: starts[i + 1] ?? epochs }));
}

/** Pairs of other anchors would be another comparison, and another number of steps. */
function checkLater(first: PairList, list: PairList): void {
  const { perEpoch, anchors, dataset } = list;
  const same = dataset === first.dataset && perEpoch === first.perEpoch &&
    anchors.length === first.anchors.length &&
    anchors.every((anchor, k) => anchor === first.anchors[k]);
  if (!same) throw new Problem("later pairs must have the anchors of the run's first ones");
}
