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
    const { arm, seed } = cell;
    return metrics.map(({ evaluation, probe, accuracy, testSet, images, correct }) => ({
      ...{ method, family, arm, seed, evaluation, probe, accuracy: 100 * accuracy },
      ...(correct !== undefined && { hits: unpackBits(correct, images!), testSet }),
    }));
  });
}

/** Accuracies as observations: the evaluation is the subject, the probe the measure. */
export function asObservations(rows: readonly Accuracy[]): Observation[] {
  return rows.map(({ evaluation, probe, accuracy, hits: _, testSet: __, ...row }) => (
    { ...row, subject: evaluation, measure: probe, value: accuracy }
  ));
}

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
