/** The last word of a notebook: that a study is complete, that its arms match, and what made it. */
import { keyOf } from "../base/hash.ts";
import { Problem } from "../base/problem.ts";
import { duration } from "../base/progress.ts";
import { assessmentInputs } from "./assess_backbone.ts";
import type { Assessed, Assessment, Assessments } from "./assessment.ts";
import type { Cell, Machine, Run } from "./cell.ts";
import type { Design } from "./design.ts";
import { inputsOf } from "./material.ts";
import { runKey } from "./store.ts";

/** What a study was made of. */
export interface Audit {
  figure: string;
  profile: string;
  runs: number;
  /** Paired seeds of each method. */
  n: number;
  /** Computing time of all runs; of one that was killed, since it went on. */
  computed: string;
  sameClassNegatives: string;
  hardware: string;
  engine: string;
  versions: string;
}

/**
 * Proves a study: every cell has its run, made from exactly the data and the pair lists that are
 * matched (and proved to match) anew here (of mined pairs, from the same rule and data; what was mined is
 * kept with the run), and for every run of one arm there is that of every other
 * arm which differs in the arm alone.
 *
 * @throws {Problem} naming the first run that is missing, or is not what it should be
 */
export async function audit(design: Design, runs: readonly Run[]): Promise<Audit> {
  const { cells, figure, profile } = design;
  for (const [i, cell] of cells.entries()) {
    const what = `cell ${i} (${cell.method.name}, ${cell.arm}, seed ${cell.seed})`;
    if (!runs[i]) {
      throw new Problem(`${figure}, ${profile}: ${what} has no run: run the study again`);
    }
    if (runKey(runs[i].inputs) === runKey(await inputsOf(cell))) continue;
    throw new Problem(`${figure}, ${profile}: the run of ${what} is of other data, pairs or code`);
  }
  proveArms(runs);
  return {
    figure,
    profile,
    runs: runs.length,
    n: new Set(cells.map(({ seed }) => seed)).size,
    sameClassNegatives: `${
      (100 * Math.max(...runs.map((r) => r.sameClassNegatives))).toFixed(2)
    } %`,
    ...madeBy(runs),
  };
}

type Made = { seconds: number; machine: Machine };

function madeBy(
  made: readonly Made[],
): Pick<Audit, "computed" | "hardware" | "engine" | "versions"> {
  return {
    computed: duration(made.reduce((sum, { seconds }) => sum + seconds, 0)),
    hardware: distinct(made, ({ machine }) => machine.hardware),
    engine: distinct(made, ({ machine }) => machine.engine),
    versions: distinct(made, ({ machine }) => `deno ${machine.deno}, tfjs ${machine.tfjs}`),
  };
}

/**
 * Proves assessments: each is there and was made from exactly the data, pair lists and settings that
 * it should be; all of one cell were put to the same weights; and for each of one arm there is that
 * of the other which differs in the arm alone.
 *
 * @throws {Problem} naming the first that is missing, or is not what it should be
 */
export async function auditAssessments(
  { assessments, figure, profile, cells }: Assessments,
  assessed: readonly Assessed[],
): Promise<Omit<Audit, "sameClassNegatives">> {
  for (const [i, { cell, task }] of assessments.entries()) {
    const what = `${task.kind} of ${cell.method.name}, ${cell.arm}, seed ${cell.seed}`;
    const inputs = await assessmentInputs(assessments[i]);
    if (assessed[i] && runKey(assessed[i].inputs) === runKey(inputs)) continue;
    throw new Problem(`${figure}, ${profile}: ${what} is missing or of other data, pairs or code`);
  }
  proveWeights(assessed);
  const trained = assessments.filter(({ cell }) => cell.arm !== "untrained");
  const alike = ({ cell, task }: Assessment) => keyOf({ cell: { ...cell, arm: null }, task });
  for (const { group, arms } of unmatched(trained, ({ cell }) => cell, alike)) {
    const [{ cell: { method, seed }, task }] = group;
    throw new Problem(`${task.kind} of ${method.name}, seed ${seed}: found ${arms.join()} alone`);
  }
  return {
    figure,
    profile,
    runs: assessed.length,
    n: new Set(cells.map(({ seed }) => seed)).size,
    ...madeBy(assessed),
  };
}

/** All tasks of a cell were put to one backbone: trained again, on another machine, it is another. */
function proveWeights(assessed: readonly Assessed[]): void {
  for (const group of Map.groupBy(assessed, ({ inputs }) => keyOf(inputs.pretraining)).values()) {
    const [{ inputs: { pretraining: { cell } }, weights }] = group;
    if (group.every((other) => other.weights === weights)) continue;
    throw new Problem(
      `${cell.method.name}, ${cell.arm}, seed ${cell.seed}: its tasks were put to different weights; ` +
        "delete results/assessments and run them again",
    );
  }
}

/** What runs that differ in their arm alone have in common: the key of all else that decides them. */
export function apartFromArm({ pairs: _, ...inputs }: Run["inputs"]): string {
  return keyOf({ ...inputs, cell: { ...inputs.cell, arm: null } });
}

/** Each trained cell, its arm aside, is there once in every arm, with the same rate of negatives. */
function proveArms(runs: readonly Run[]): void {
  const trained = runs.filter(({ inputs }) => inputs.cell.arm !== "untrained");
  const alike = ({ inputs, sameClassNegatives }: Run) => apartFromArm(inputs) + sameClassNegatives;
  for (const { group, arms } of unmatched(trained, ({ inputs }) => inputs.cell, alike)) {
    const { method, seed } = group[0].inputs.cell;
    throw new Problem(
      `${method.name}, seed ${seed}: the arms are not matched (found ${arms.join(", ")} alone)`,
    );
  }
}

/** Groups of what should be alike but for the arm that are not one of each arm that there is. */
function unmatched<T>(
  all: readonly T[],
  cellOf: (one: T) => Cell,
  apartFromArm: (one: T) => string,
): { group: T[]; arms: Cell["arm"][] }[] {
  const armOf = (one: T) => cellOf(one).arm;
  const every = new Set<Cell["arm"]>(["augmented", "semantic", ...all.map(armOf)]);
  const complete = [...every].sort().join();
  return [...Map.groupBy(all, apartFromArm).values()]
    .map((group) => ({ group, arms: group.map(armOf).sort() }))
    .filter(({ arms }) => arms.join() !== complete);
}

function distinct(made: readonly Made[], value: (made: Made) => string): string {
  return [...new Set(made.map(value))].join("; ");
}
