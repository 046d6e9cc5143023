/** Puts one pretrained backbone to its task, and stores what comes out. */
import { dirname, join } from "@std/path";
import { keyOf } from "../base/hash.ts";
import type { Frozen } from "../evaluation/frozen.ts";
import type { Assessed, Assessment, AssessmentInputs, Outcome, Task } from "./assessment.ts";
import { keptBackbone } from "./backbones.ts";
import type { Cell } from "./cell.ts";
import { inputsOf } from "./material.ts";
import { computeRun, thisMachine } from "./run_cell.ts";
import { loadOrCompute } from "./store.ts";
import { detected, detectionSplits } from "./tasks/detection.ts";
import { finetuned } from "./tasks/finetune.ts";
import { invarianceHash, invariances } from "./tasks/invariance.ts";
import { transferred } from "./tasks/transfer.ts";
import { type Followed, staged, type Watch } from "./watch.ts";

/** Counts the changes of the tasks' code that change results. */
const version = 1;

/**
 * The stored assessment, else computed and stored now, see {@link loadOrCompute}. The backbone is that
 * of its cell's run: one that is not stored is computed first, so that whichever question comes next
 * finds it.
 */
export async function computeAssessment(
  assessment: Assessment,
  directory: string,
  watch: Watch,
): Promise<Assessed> {
  const inputs = await assessmentInputs(assessment);
  const compute = async () => {
    await computeRun(assessment.cell, join(dirname(directory), "runs"), watch);
    const network = await keptBackbone(assessment.cell, watch);
    const start = performance.now();
    try {
      const { kind } = assessment.task;
      const outcome = await perform(network, assessment, staged(kind, watch));
      const seconds = (performance.now() - start) / 1000;
      return { inputs, ...outcome, weights: network.hash, seconds, machine: thisMachine() };
    } finally {
      network.release();
    }
  };
  return await loadOrCompute<Assessed>(directory, inputs, compute, watch);
}

function perform(
  network: Frozen,
  { cell, task }: Assessment,
  watch: Followed,
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
