/** Runs as tidy rows: one observation a row, named as a figure names it. */
import { unpackBits } from "../base/bits.ts";
import type { Family } from "../methods/method.ts";
import { methods } from "../methods/index.ts";
import type { Arm, Cell, Evaluation, Probe, Run } from "./cell.ts";
import type { Observation } from "./comparison.ts";

/** One accuracy of one run. */
export interface Accuracy {
  /** As it is written in a figure. */
  method: string;
  family: Family | "none";
  arm: Arm;
  seed: number;
  evaluation: Evaluation;
  probe: Probe;
  /** Top-1, in percent. */
  accuracy: number;
  /** Which test images were right, 1 or 0, and their hash, where the run has kept it. */
  hits?: Uint8Array;
  testSet?: string;
  /** Of images: the share that is drawn for tests where the set has no test split. */
  testShare?: number;
}

/** The training loss of one epoch of one run. */
export interface Loss {
  method: string;
  arm: Arm;
  seed: number;
  /** From 1. */
  epoch: number;
  loss: number;
}

/** Every accuracy of every run. */
export function accuracies(runs: readonly Run[]): Accuracy[] {
  return runs.flatMap(({ inputs: { cell }, metrics }) => {
    const { title: method, family } = methodOf(cell);
    const { arm, seed, data } = cell;
    const testShare = data.source === "images" ? data.testShare : undefined;
    return metrics.map(({ evaluation, probe, accuracy, testSet, images, correct }) => ({
      ...{ method, family, arm, seed, evaluation, probe, accuracy: 100 * accuracy, testShare },
      ...(correct !== undefined && { hits: unpackBits(correct, images!), testSet }),
    }));
  });
}

/** Accuracies as observations: the evaluation is the subject, the probe the measure. */
export function asObservations(rows: readonly Accuracy[]): Observation[] {
  const evaluations = Map.groupBy(rows, ({ evaluation }) => evaluation).entries();
  const redrawn = new Set(evaluations.filter(([, of]) => !shareTest(of)).map(([name]) => name));
  return rows.map(({ evaluation, probe, accuracy, hits: _, testSet: __, testShare, ...row }) => ({
    ...{ ...row, subject: evaluation, measure: probe, value: accuracy },
    ...(testShare && redrawn.has(evaluation) && { testToTrain: testShare / (1 - testShare) }),
  }));
}

/** Whether all are tested on the same images. */
export const shareTest = (rows: readonly Accuracy[]): boolean =>
  new Set(rows.map(({ testSet }) => testSet)).size === 1;

/** Every run's loss, epoch by epoch. */
export function losses(runs: readonly Run[]): Loss[] {
  return runs.flatMap(({ inputs: { cell }, curve }) =>
    curve.map((loss, i) => (
      { method: methodOf(cell).title, arm: cell.arm, seed: cell.seed, epoch: i + 1, loss }
    ))
  );
}

/** e.g. `SimCLR, semantic pairs, seed 2` */
export function cellName(cell: Cell): string {
  const { title } = methodOf(cell), { arm, seed } = cell;
  return `${arm === "untrained" ? title : `${title}, ${arm} pairs`}, seed ${seed}`;
}

/** A cell's method as figures name it. */
export function methodOf({ arm, method }: Cell): { title: string; family: Family | "none" } {
  return arm === "untrained" ? { title: "untrained", family: "none" } : methods[method.name];
}
