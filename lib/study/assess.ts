/** Puts pretrained backbones to their tasks, one after the other, and keeps what comes out. */
import { join } from "@std/path";
import { keyOf } from "../base/hash.ts";
import { Problem } from "../base/problem.ts";
import { silent } from "../base/progress.ts";
import type { Frozen } from "../evaluation/frozen.ts";
import type {
  Assessed,
  Assessment,
  AssessmentInputs,
  Assessments,
  Measure,
  Outcome,
  Task,
} from "./assessment.ts";
import { keptBackbone } from "./backbones.ts";
import type { Cell } from "./cell.ts";
import type { Observation } from "./comparison.ts";
import { inputsOf, splitsOf } from "./material.ts";
import { cellName, methodOf } from "./rows.ts";
import { thisMachine } from "./run_cell.ts";
import { load, resultsFolder, save } from "./store.ts";
import { detected, detectionSplits } from "./tasks/detection.ts";
import { finetuned } from "./tasks/finetune.ts";
import { invarianceHash, invariances } from "./tasks/invariance.ts";
import { transferred } from "./tasks/transfer.ts";
import { staged, type Watch } from "./watch.ts";

/** Counts the changes of the tasks' code that change results. */
const version = 1;

/**
 * The results of all assessments, in their order: what is stored is loaded, the rest is computed and
 * stored at once. A backbone that is not kept from an earlier study is pretrained first.
 *
 * @param progress counts the assessments that were missing; its note says what is being done
 * @throws {Problem} naming those that failed, after all others were computed and stored
 */
export async function assess(design: Assessments, watch: Watch = {}): Promise<Assessed[]> {
  const { progress = silent, signal } = watch;
  const directory = join(resultsFolder(design), "assessments");
  const inputs: AssessmentInputs[] = [], found: (Assessed | undefined)[] = [];
  for (const [i, assessment] of design.assessments.entries()) {
    await splitsOf(assessment.cell.data, progress);
    inputs.push(await assessmentInputs(assessment));
    found.push(await load<Assessed>(directory, inputs[i]));
  }
  const missing = [...found.keys()].filter((i) => !found[i]);
  const failures: string[] = [];
  for (const [done, i] of missing.entries()) {
    signal?.throwIfAborted();
    const assessment = design.assessments[i], name = cellName(assessment.cell);
    const says = (note: string) => progress(done, missing.length, `${name}: ${note}`);
    try {
      found[i] = await compute(assessment, inputs[i], directory, {
        progress: (_, __, note) => says(note ?? ""),
        signal,
      });
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      failures.push(`${name}: ${error.message}`);
    }
  }
  progress(missing.length, missing.length);
  if (failures.length === 0) return found as Assessed[];
  throw new Problem(
    `${failures.length} of ${found.length} assessments failed: ${failures.join("; ")}`,
  );
}

async function compute(
  assessment: Assessment,
  inputs: AssessmentInputs,
  directory: string,
  watch: Watch,
): Promise<Assessed> {
  const earlier = await load<Assessed>(directory, inputs); // another process's, meanwhile
  if (earlier) return earlier;
  const network = await keptBackbone(assessment.cell, watch);
  const start = performance.now();
  try {
    const { kind } = assessment.task;
    const outcome = await perform(network, assessment, staged(kind, watch));
    const seconds = (performance.now() - start) / 1000;
    const made = { weights: network.hash, seconds, machine: thisMachine() };
    return await save(directory, { inputs, ...outcome, ...made });
  } finally {
    network.release();
  }
}

function perform(
  network: Frozen,
  { cell, task }: Assessment,
  watch: Required<Watch>,
): Promise<Outcome> {
  switch (task.kind) {
    case "transfer":
      return transferred(network, cell, task, watch);
    case "finetune":
      return finetuned(network, cell, task, watch);
    case "detection":
      return detected(network, cell, task, watch);
    case "invariance":
      return invariances(network, cell, task, watch);
  }
}

/** All that decides the result of an assessment. */
export async function assessmentInputs({ cell, task }: Assessment): Promise<AssessmentInputs> {
  return { pretraining: await inputsOf(cell), task, images: await imagesOf(cell, task), version };
}

/** The hash of what a task looks at beside the splits of the cell, which are in the cell's inputs. */
async function imagesOf(cell: Cell, task: Task): Promise<string> {
  if (task.kind === "invariance") return await invarianceHash(cell);
  if (task.kind !== "detection") return keyOf([]);
  return (await detectionSplits(task.data)).hash;
}

/** Everything that was measured, as rows; NaN is what is not defined. */
export function observations(assessed: readonly Assessed[]): Observation[] {
  return assessed.flatMap(({ inputs: { pretraining: { cell } }, measures }) =>
    measures.map(({ value, ...what }) => ({ ...authorOf(cell), ...what, value: value ?? NaN }))
  );
}

/** What was chosen on validation images, a row a backbone. */
export function choices(assessed: readonly Assessed[]): Record<string, string | number>[] {
  return assessed.map(({ inputs: { pretraining: { cell }, task }, details: { chosen } }) => {
    const { method, arm, seed } = authorOf(cell);
    const flat = Object.entries(chosen ?? {}).map(([name, value]) =>
      `${name}: ${Number(Number(value).toPrecision(2))}`
    );
    return { method, arm, seed, task: task.kind, chosen: flat.join(", ") };
  });
}

function authorOf(cell: Cell): Omit<Observation, keyof Measure> {
  const { title, family } = methodOf(cell);
  return { method: title, family, arm: cell.arm, seed: cell.seed };
}
