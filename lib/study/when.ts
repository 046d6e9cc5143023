/** When semantic pairs pay: the gain along training length, images a class and strength of views. */
import type { Composition } from "../training/batches.ts";
import type { Arm, Cell, Evaluation, Probe, Run } from "./cell.ts";
import type { Hypothesis } from "./claims.ts";
import { compareArms, type Comparison } from "./comparison.ts";
import { imagesOf } from "./design.ts";
import { kindOfViews } from "./questions.ts";
import { accuracies, type Accuracy } from "./rows.ts";
import { average, type PairedDifference, pairedDifference } from "./stats.ts";

/** Where on the axes a run stands. */
export interface Setting {
  views: string;
  /** Images a class that pretraining has. */
  images: number | "all";
  epochs: number;
  composition: Composition;
}

/** One accuracy of one run, and at which setting. */
export type SettingAccuracy = Accuracy & Setting;

/** What semantic pairs add to a method at one setting; `mean` … in percentage points. */
export type SettingGain = Omit<Comparison, "subject" | "measure"> & Setting & {
  evaluation: Evaluation;
  probe: Probe;
};

const settingOf = (cell: Cell): Setting => ({
  views: kindOfViews(cell),
  images: imagesOf(cell.pairing),
  epochs: cell.training.epochs,
  composition: cell.training.composition ?? "random",
});

/** Every accuracy of the runs with its setting; the untrained backbone is there at each, of each method. */
export function bySetting(runs: readonly Run[]): SettingAccuracy[] {
  const rows = runs.flatMap((run) => {
    const setting = settingOf(run.inputs.cell);
    return accuracies([run]).map((row) => ({ ...row, ...setting }));
  });
  const [floor, trained] = [true, false].map((untrained) =>
    rows.filter(({ arm }) => (arm === "untrained") === untrained)
  );
  const places = Map.groupBy(trained, (row) => row.method + nameOf(row)).values();
  const floors = places.flatMap(([{ method, family, ...row }]) =>
    floor.map((untrained) => ({ ...untrained, method, family, ...settingIn(row) }))
  );
  return [...floors, ...trained];
}

const settingIn = ({ views, images, epochs, composition }: Setting): Setting => (
  { views, images, epochs, composition }
);
const nameOf = (row: Setting) => JSON.stringify(settingIn(row));

/** The paired gain of each method at each setting, in one evaluation by one probe. */
export function settingGains(
  rows: readonly SettingAccuracy[],
  { evaluation, probe }: { evaluation: Evaluation; probe: Probe },
): SettingGain[] {
  const observations = rows
    .filter((row) => row.evaluation === evaluation && row.probe === probe)
    .map((row) => ({ ...row, subject: nameOf(row), measure: probe, value: row.accuracy }));
  return compareArms(observations).map(({ subject, measure: _, ...gain }) => (
    { ...gain, ...JSON.parse(subject) as Setting, evaluation, probe }
  ));
}

/** Those whose batches are composed as most are: the sweeps, without the batches composed otherwise. */
export function usualBatches<T extends Setting>(rows: readonly T[]): T[] {
  const groups = [...Map.groupBy(rows, ({ composition }) => composition).values()];
  return groups.reduce((most, group) => group.length > most.length ? group : most, []);
}

/**
 * For each method and kind of views, with all images, the hypothesis that the gain grows with training:
 * from the shortest to the longest, seed by seed; for each method, after the longest training with all
 * images, that it is larger under the weakest views than under the strongest; and for each method and
 * kind of views, after the longest training, that it grows with images a class.
 *
 * @param all gains of one evaluation and probe, kinds of views from the strongest on
 */
export function whenHypotheses(all: readonly SettingGain[]): Hypothesis[] {
  const gains = usualBatches(all);
  const most = gains.filter(({ images }) => images === mostImages(gains));
  const length = Math.max(...most.map(({ epochs }) => epochs));
  const longest = gains.filter(({ epochs }) => epochs === length);
  return [
    ...along(most, "semantic pairs gain more with longer training", ({ epochs }) => epochs),
    ...underWeaker(longest.filter((gain) => most.includes(gain))),
    ...along(
      longest,
      "semantic pairs gain more with more images a class",
      ({ images }) => images === "all" ? Infinity : images,
    ),
  ];
}

/** For each method and kind of views, that the gain grows from one end of an axis to the other. */
function along(
  gains: readonly SettingGain[],
  claim: string,
  by: (gain: SettingGain) => number,
): Hypothesis[] {
  return Map.groupBy(gains, ({ method, views }) => `${method}, ${views}`).values()
    .filter((group) => group.length > 1)
    .map((group): Hypothesis => {
      const [first, last] = endsOf(group, by);
      const evaluation = `${last.evaluation}, ${last.views} views`;
      return hypothesis(claim, first, last, { evaluation });
    }).toArray();
}

/** @param gains kinds of views from the strongest on */
function underWeaker(gains: readonly SettingGain[]): Hypothesis[] {
  return Map.groupBy(gains, ({ method }) => method).values()
    .filter((group) => group.length > 1)
    .map((group): Hypothesis =>
      hypothesis("semantic pairs gain more under weaker views", group[0], group.at(-1)!, {
        evaluation: `${group[0].evaluation}, longest training`,
      })
    ).toArray();
}

function hypothesis(
  claim: string,
  first: SettingGain,
  last: SettingGain,
  { evaluation }: { evaluation: string },
): Hypothesis {
  return {
    ...{ claim, method: last.method, evaluation, baselineLearned: null },
    difference: pairedDifference(first.differences, last.differences),
  };
}

function mostImages(gains: readonly Setting[]): number | "all" {
  const counts = gains.map(({ images }) => images);
  return counts.includes("all") ? "all" : Math.max(...counts as number[]);
}

function endsOf<T>(values: readonly T[], by: (value: T) => number): [first: T, last: T] {
  const sorted = values.toSorted((a, b) => by(a) - by(b));
  return [sorted[0], sorted.at(-1)!];
}

/** Both arms of a method, each under the kind of views that is best for it. */
export interface BestViews extends PairedDifference {
  method: string;
  /** The kinds of views, and the accuracies under them, in percent. */
  views: { augmented: string; semantic: string };
  levels: { augmented: number; semantic: number };
}

/**
 * After the longest training with all images, the semantic arm under the kind of views that is best for
 * it less the augmented arm under that which is best for that, paired by seed. What is best is read off
 * the same accuracies, which flatters both arms somewhat.
 *
 * @param rows of one evaluation and probe
 */
export function bestViews(rows: readonly SettingAccuracy[]): BestViews[] {
  const usual = usualBatches(rows.filter(({ arm }) => arm !== "untrained"));
  const [images, length] = [mostImages(usual), Math.max(...usual.map(({ epochs }) => epochs))];
  const whole = usual.filter((row) => row.images === images && row.epochs === length);
  return [...Map.groupBy(whole, ({ method }) => method)].map(([method, of]) => {
    const [augmented, semantic] = (["augmented", "semantic"] as const).map((arm) =>
      bestKind(of.filter((row) => row.arm === arm))
    );
    return {
      method,
      views: { augmented: augmented.views, semantic: semantic.views },
      levels: { augmented: average(augmented.bySeed), semantic: average(semantic.bySeed) },
      ...pairedDifference(augmented.bySeed, semantic.bySeed),
    };
  });
}

/** The kind of views with the best mean over the seeds, of one arm. */
function bestKind(rows: readonly SettingAccuracy[]): { views: string; bySeed: number[] } {
  const kinds = [...Map.groupBy(rows, ({ views }) => views)].map(([views, of]) => (
    { views, bySeed: of.toSorted((a, b) => a.seed - b.seed).map(({ accuracy }) => accuracy) }
  ));
  return kinds.reduce((best, kind) => average(kind.bySeed) > average(best.bySeed) ? kind : best);
}

/** Rows for a picture of levels: a curve an arm along the length of training. */
export function levelCurves(
  rows: readonly SettingAccuracy[],
): { panel: string; arm: Arm; seed: number; x: number; value: number }[] {
  return rows.map(({ method, views, images, epochs, arm, seed, accuracy }) => ({
    ...{ panel: `${method}, ${views} views, ${images} images a class`, arm, seed },
    ...{ x: epochs, value: accuracy },
  }));
}
