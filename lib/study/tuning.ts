/**
 * How the hyper-parameters of a design were chosen: every setting is tried on both arms, with a seed
 * that the study does not use, on a draw of concepts and scenes of its own, and judged by kNN among
 * fresh images of its classes, half of which vote on the other half: no label that pretraining has
 * used takes part, and no test image. Both arms then run with one setting, the one that is best for
 * them on average.
 */
import { join } from "@std/path";
import { cacheDirectory, checkout, exists, writeAtomic } from "../base/files.ts";
import { keyOf } from "../base/hash.ts";
import type { Policy } from "../views/policy.ts";
import type { Arm, Cell } from "./cell.ts";
import { type Design, withLength } from "./design.ts";
import { carryOut } from "./executors/carry_out.ts";
import { inputsOf, splitsOf } from "./material.ts";
import { profileOf } from "./profiles.ts";
import { average } from "./stats.ts";
import { load, runKey } from "./store.ts";
import type { Outcome, Tried } from "./trial.ts";
import type { Watch } from "./watch.ts";

/** What is chosen; of the untrained backbone, which is tried once for comparison, nothing is. */
export interface TrialSetting {
  method: string;
  arm: Arm;
  views: string;
  learningRate: number;
}

/** One setting that was tried, and how good it is. */
export interface Trial extends TrialSetting, Outcome {
  /** The key of the cell that was tried: of its design, method, options and setting. */
  cell: string;
  /** The key of everything that decides the trial, data and engine included. */
  key: string;
}

/** The seed of tuning; studies use 1 and above. */
const seed = 0;

/** Tuning draws concepts and scenes of its own: what a study is tested on has not been looked at. */
const dataSeed = 1;

/**
 * Both arms of every method of a design with every learning rate; with every kind of views where the
 * method takes part in that choice, else with the kind that was chosen. And the untrained backbone.
 */
function grid({ cells, profile }: Design): (TrialSetting & { tried: Cell })[] {
  const { learningRates, views: policies, decideOnViews, epochs } = profileOf(profile).tuning;
  const distinct = new Map(cells.map((cell) => [`${cell.method.name} ${cell.arm}`, cell]));
  return [...distinct.values()].flatMap((cell) => {
    const { arm, method, training } = cell, { size } = training.views;
    const kinds = Object.entries(policies).filter(([_, policy]) =>
      decideOnViews === "a factor" || decideOnViews.includes(method.name) ||
      keyOf(policy(size)) === keyOf(training.views)
    );
    const rates = arm === "untrained" ? [0] : learningRates;
    return kinds.flatMap(([views, policy]) =>
      rates.map((learningRate) => {
        const tried = withSetting(cell, { views: policy(size), learningRate, epochs });
        return { method: method.name, arm, views, learningRate, tried };
      })
    );
  });
}

function withSetting(
  cell: Cell,
  { views, learningRate, epochs = cell.training.epochs }: {
    views: Policy;
    learningRate: number;
    epochs?: number;
  },
): Cell {
  const { data, training, ...rest } = withLength(cell, epochs);
  const optimizer = { ...training.optimizer, learningRate };
  return {
    ...rest,
    data: validationDraw(data),
    training: { ...training, optimizer, views },
    seed,
  };
}

/** Other scenes than the study's; of images, the same: their test images take no part in a trial. */
function validationDraw(data: Cell["data"]): Cell["data"] {
  if (data.source === "images") return data;
  return { ...data, options: { ...data.options, seed: dataSeed } };
}

/** What was chosen for a design: of profiles whose views are a factor, a rate, for the kinds tried. */
export function chosenFor({ profile }: Pick<Design, "profile">, trials: readonly Trial[]) {
  if (profileOf(profile).tuning.decideOnViews !== "a factor") return choose(trials);
  const methods = bestRates(trials.filter(({ arm }) => arm !== "untrained"));
  const views = [...new Set(trials.map(({ views }) => views))].join(" and ");
  return { views, methods, validation: averageValidation(methods) };
}

/**
 * The best setting. Kinds of views are compared by the mean over the methods that tried them all,
 * each at the rate that is best for the mean of its two arms; with the best kind, each method has
 * its own best rate.
 */
export function choose(all: readonly Trial[]) {
  const trials = all.filter(({ arm }) => arm !== "untrained");
  const kinds = new Set(trials.map(({ views }) => views)).size;
  const decisive = [...Map.groupBy(trials, ({ method }) => method).values()]
    .filter((of) => new Set(of.map(({ views }) => views)).size === kinds).flat();
  const byViews = [...Map.groupBy(decisive, ({ views }) => views)]
    .map(([views, of]) => ({ views, validation: averageValidation(bestRates(of)) }));
  const { views, validation } = best(byViews);
  return { views, methods: bestRates(trials.filter((trial) => trial.views === views)), validation };
}

/** For each method the rate that is best for the mean of its arms. */
function bestRates(trials: readonly Trial[]) {
  return [...Map.groupBy(trials, ({ method }) => method)].map(([method, of]) => {
    const rates = [...Map.groupBy(of, ({ learningRate }) => learningRate)]
      .map(([learningRate, arms]) => ({ learningRate, validation: averageValidation(arms) }));
    return { method, ...best(rates) };
  });
}

const averageValidation = (of: readonly { validation: number }[]) =>
  average(of.map(({ validation }) => validation));

/** Of equals the first. */
function best<T extends { validation: number }>(of: readonly T[]): T {
  return of.reduce((best, next) => next.validation > best.validation ? next : best);
}

/** Each arm of each method at the setting that is best for it alone: the gain's fairest rival. */
export function bestOfEachArm(trials: readonly Trial[]): (TrialSetting & { validation: number })[] {
  return [...Map.groupBy(trials, ({ method, arm }) => `${method} ${arm}`).values()].map((of) => {
    const { method, arm, views, learningRate, validation } = best(of);
    return { method, arm, views, learningRate, validation };
  });
}

/**
 * Tries the grid and writes `results/tuning/<profile>.json`, also where it is stopped; trials that are
 * there already, or in the cache, are kept.
 */
export async function tune(design: Design, watch: Watch = {}): Promise<Trial[]> {
  const known = new Map((await storedTrials(design)).map((trial) => [trial.key, trial]));
  const settings = [];
  for (const { tried, ...setting } of grid(design)) {
    await splitsOf(tried.data, watch.progress);
    settings.push({ setting, tried, inputs: await inputsOf(tried) });
  }
  const missing = settings.filter(({ inputs }) => !known.has(runKey(inputs)));
  try {
    await carryOut(
      missing.map(({ setting, tried }) => (
        { directory, name: Object.values(setting).join(", "), trial: tried }
      )),
      watch,
    );
  } finally {
    for (const { setting, tried, inputs } of missing) {
      const found = await load<Tried>(directory, inputs);
      if (!found) continue;
      const { validation, loss } = found, key = runKey(inputs);
      known.set(key, { ...setting, validation, loss, cell: keyOf(tried), key });
    }
    await writeTrials(design, [...known.values()]);
  }
  return settings.map(({ inputs }) => known.get(runKey(inputs))!);
}

/** Where trials are until they are in the table: a process stores one at a time. */
const directory = cacheDirectory("tuning");

async function writeTrials(design: Design, trials: readonly Trial[]): Promise<void> {
  await writeAtomic(pathOf(design), JSON.stringify(trials, null, 1) + "\n");
}

/**
 * The trials of a design, in the order of its cells; none, where it was not tuned. What was tried with
 * other options, data or training than the design's is left out.
 */
export async function trialsOf(design: Design): Promise<Trial[]> {
  const stored = new Map((await storedTrials(design)).map((trial) => [trial.cell, trial]));
  return grid(design).map(({ tried }) => stored.get(keyOf(tried))).filter((trial) => !!trial);
}

async function storedTrials(design: Pick<Design, "profile">): Promise<Trial[]> {
  const path = pathOf(design);
  return await exists(path) ? JSON.parse(await Deno.readTextFile(path)) : [];
}

const pathOf = ({ profile }: Pick<Design, "profile">) =>
  join(checkout, "results", "tuning", `${profile}.json`);
