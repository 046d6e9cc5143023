/** The whole study: its questions in the order of the notebooks, what they need, and what is there. */
import { join } from "@std/path";
import { Problem } from "../base/problem.ts";
import { type Progress, silent } from "../base/progress.ts";
import { assessmentInputs } from "./assess_backbone.ts";
import type { Assessed, Assessments } from "./assessment.ts";
import type { Cell, Run } from "./cell.ts";
import {
  type Design,
  everyMethod,
  type Extent,
  minedPairs,
  mixtures,
  perMethodGains,
  whenTheyPay,
} from "./design.ts";
import { inputsOf, splitsOf } from "./material.ts";
import { augmentationAblation, detection, invariances, transfer } from "./questions.ts";
import { cellName } from "./rows.ts";
import { load, resultsFolder, runKey, workOn } from "./store.ts";

/** A question at the size of a profile: runs, or tasks that their backbones are put to. */
export type Question = Design | Assessments;

/** The questions by the notebooks that answer them. */
export const questions: Record<string, (profile: string, extent?: Extent) => Question> = {
  "02, per-method gains": perMethodGains,
  "02, every method": everyMethod,
  "03, transfer": transfer,
  "04, detection": detection,
  "05, invariances": invariances,
  "06, augmentation ablation": augmentationAblation,
  "07, mixtures": mixtures,
  "08, mined pairs": minedPairs,
  "10, when they pay": whenTheyPay,
};

/** The names of the questions; some are asked only of all methods. */
export function questionsOf({ methods = "few" }: Extent): string[] {
  const names = Object.keys(questions);
  return methods === "all" ? names : names.filter((name) => name !== "02, every method");
}

/** How far a notebook's question goes: as one says, or all of it where all is stored, else a few. */
export type Reach = NonNullable<Extent["methods"]> | "stored";

/**
 * The extent that is meant.
 *
 * @param ask the question
 * @param reach "few", "all", or "stored"
 * @throws {Problem} for any other
 */
export async function extentFor(
  ask: (extent: Extent) => Question,
  reach: string,
): Promise<Required<Extent>> {
  if (reach === "few" || reach === "all") return { methods: reach };
  if (reach !== "stored") throw new Problem(`methods is "${reach}": give few, all or stored`);
  const question = ask({ methods: "all" });
  const needed = await neededFor(question, silent);
  for (const { inputs, folder } of needed) {
    const { state } = await stateOf(join(resultsFolder(question), folder), inputs);
    if (state !== "done") return { methods: "few" };
  }
  return { methods: "all" };
}

/** Something of the study that is stored, or is yet to be computed. */
export interface Item {
  question: string;
  cell: Cell;
  /** Of a backbone; absent where its own pretraining and probes are meant. */
  task?: string;
  state: "done" | "running" | "failed" | "missing" | "damaged";
  /** Who computes it, or why it failed. */
  told?: string;
}

/**
 * Everything that a profile's questions need, and whether it is stored. What two share comes once.
 *
 * @param only names of the questions; by default those of the extent
 */
export async function items(
  profile: string,
  extent: Extent,
  { only = questionsOf(extent), progress = silent }: {
    only?: readonly string[];
    progress?: Progress;
  } = {},
): Promise<Item[]> {
  const seen = new Set<string>(), found: Item[] = [];
  for (const question of only) {
    const design = questions[question](profile, extent);
    for (const { cell, task, inputs, folder } of await neededFor(design, progress)) {
      if (seen.has(runKey(inputs))) continue;
      seen.add(runKey(inputs));
      const directory = join(resultsFolder(design), folder);
      found.push({ question, cell, ...(task && { task }), ...await stateOf(directory, inputs) });
    }
  }
  return found;
}

async function neededFor(design: Question, progress: Progress) {
  for (const data of new Set(design.cells.map(({ data }) => data))) await splitsOf(data, progress);
  if (!("assessments" in design)) {
    return await Promise.all(design.cells.map(async (cell) => (
      { cell, task: undefined, inputs: await inputsOf(cell) as object, folder: "runs" }
    )));
  }
  return await Promise.all(design.assessments.map(async (assessment) => ({
    cell: assessment.cell,
    task: assessment.task.kind,
    inputs: await assessmentInputs(assessment) as object,
    folder: "assessments",
  })));
}

async function stateOf(
  directory: string,
  inputs: object,
): Promise<Pick<Item, "state" | "told">> {
  let damaged = false;
  const stored = await load<(Run | Assessed) & { inputs: object }>(
    directory,
    inputs as never,
    () => {
      damaged = true;
    },
  );
  if (stored) return { state: "done" };
  const { running, failed } = await workOn(directory, inputs);
  if (running) return { state: "running", told: running };
  if (failed) return { state: "failed", told: failed };
  return { state: damaged ? "damaged" : "missing" };
}

/** A row a question and method: how many results are there, and which are not. */
export function statusTable(found: readonly Item[]): Record<string, string | number>[] {
  const rowOf = ({ question, cell, task }: Item) => [question, task, cell.method.name].join(", ");
  return Map.groupBy(found, rowOf).values().map((group) => {
    const [{ question, task, cell: { method } }] = group;
    const count = (state: Item["state"]) => group.filter((item) => item.state === state).length;
    return {
      question,
      what: task ?? "pretraining and probes",
      method: method.name,
      done: count("done"),
      running: count("running"),
      failed: count("failed"),
      missing: count("missing"),
      damaged: count("damaged"),
    };
  }).toArray();
}

/** Of what runs and what has failed a line each: who computes it, or why. */
export function statusNotes(found: readonly Item[]): string[] {
  return found.filter(({ told }) => told !== undefined).map(({ state, told, cell, task }) =>
    `${state}: ${[cellName(cell), task].filter(Boolean).join(", ")}: ${told}`
  );
}
