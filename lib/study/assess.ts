/** Puts pretrained backbones to their tasks, and keeps what comes out. */
import { join } from "@std/path";
import { keyOf } from "../base/hash.ts";
import { Problem } from "../base/problem.ts";
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
import { oneByOne } from "./executors/one_by_one.ts";
import { sideBySide, workersFor } from "./executors/side_by_side.ts";
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
 * stored at once; many of small networks side by side, each cell's by one process. A backbone that is
 * not kept from an earlier study is pretrained first.
 *
 * @param progress counts what was missing; its note says what is being done
 * @param workers processes that compute; by default see `workersFor`
 * @throws {Problem} naming those that failed, after all others were computed and stored
 */
export async function assess(
  design: Assessments,
  { workers, ...watch }: Watch & { workers?: number } = {},
): Promise<Assessed[]> {
  const directory = join(resultsFolder(design), "assessments");
  const found: (Assessed | undefined)[] = [];
  const stored = async (assessment: Assessment) =>
    await load<Assessed>(directory, await assessmentInputs(assessment));
  for (const assessment of design.assessments) {
    await splitsOf(assessment.cell.data, watch.progress);
    found.push(await stored(assessment));
  }
  const missing = design.assessments.filter((_, i) => !found[i]);
  const ofCells = [...Map.groupBy(missing, ({ cell }) => keyOf(cell)).values()];
  const processes = workers ?? await workersFor(ofCells.map(([{ cell }]) => cell));
  const failures = processes > 1
    ? await sideBySide(
      ofCells.map((assess) => ({ directory, name: cellName(assess[0].cell), assess })),
      { ...watch, workers: processes },
    )
    : await oneByOne(missing, {
      ...watch,
      nameOf: ({ cell }) => cellName(cell),
      work: async (assessment, watch) => {
        const { seconds } = await computeAssessment(assessment, directory, watch);
        return `${seconds.toFixed(0)} s`;
      },
    });
  if (failures.length > 0) {
    throw new Problem(
      `${failures.length} of ${found.length} assessments failed: ${failures.join("; ")}`,
    );
  }
  for (const [i, assessment] of design.assessments.entries()) found[i] ??= await stored(assessment);
  return found as Assessed[];
}

/** Computes an assessment and stores it, unless another process has done so meanwhile. */
export async function computeAssessment(
  assessment: Assessment,
  directory: string,
  watch: Watch,
): Promise<Assessed> {
  const inputs = await assessmentInputs(assessment);
  const earlier = await load<Assessed>(directory, inputs);
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
