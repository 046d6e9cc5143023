/** Puts pretrained backbones to their tasks, and keeps what comes out. */
import { join } from "@std/path";
import { keyOf } from "../base/hash.ts";
import { assessmentInputs } from "./assess_backbone.ts";
import type { Assessed, Assessment, Assessments, Measure } from "./assessment.ts";
import type { Cell } from "./cell.ts";
import type { Observation } from "./comparison.ts";
import { carryOut, type Means } from "./executors/carry_out.ts";
import { splitsOf } from "./material.ts";
import { cellName, methodOf } from "./rows.ts";
import { load, resultsFolder } from "./store.ts";
import type { Watch } from "./watch.ts";

/**
 * The results of all assessments, in their order: what is stored is loaded, the rest is computed and
 * stored at once; many of small networks side by side, each cell's by one process. A backbone that is
 * not kept from an earlier study is pretrained first.
 *
 * @param progress counts backbones with missing results; its note says what is being done
 * @throws {Problem} naming those that failed, after all others were computed and stored
 */
export async function assess(
  design: Assessments,
  watch: Watch & Means = {},
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
  await carryOut(
    ofCells.map((assess) => ({ directory, name: cellName(assess[0].cell), assess })),
    watch,
  );
  for (const [i, assessment] of design.assessments.entries()) found[i] ??= await stored(assessment);
  return found as Assessed[];
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
