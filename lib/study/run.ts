/** Computes the cells of a design, and keeps what is computed. */
import { join } from "@std/path";
import { Problem } from "../base/problem.ts";
import { forgetCheckpoints } from "./backbones.ts";
import type { Cell, Run } from "./cell.ts";
import type { Design } from "./design.ts";
import { oneByOne } from "./executors/one_by_one.ts";
import { sideBySide, workersFor } from "./executors/side_by_side.ts";
import { inputsOf, splitsOf } from "./material.ts";
import { cellName } from "./rows.ts";
import { runCell } from "./run_cell.ts";
import { load, resultsFolder, save } from "./store.ts";
import type { Watch } from "./watch.ts";

/**
 * The runs of a design, in the order of its cells: what is stored is loaded, the rest is computed and
 * stored at once, so that a study that was stopped goes on where it was. A run that was stopped
 * itself goes on from its last checkpoint. Many cells of small networks are computed side by side.
 *
 * @param progress counts the cells that were missing; its note says what was found or is being done
 * @param workers processes that compute; by default see `workersFor`
 * @throws {Problem} naming the cells that failed, e.g. because their loss left all bounds, after all
 *   others were computed and stored
 */
export async function run(
  design: Design,
  { workers, ...watch }: Watch & { workers?: number } = {},
): Promise<Run[]> {
  const { cells } = design;
  const directory = join(resultsFolder(design), "runs");
  const runs: (Run | undefined)[] = [];
  const stored = async (cell: Cell) => await load<Run>(directory, await inputsOf(cell));
  for (const cell of cells) {
    await splitsOf(cell.data, watch.progress);
    runs.push(await stored(cell));
  }
  const missing = cells.filter((_, i) => !runs[i]);
  const processes = workers ?? await workersFor(missing);
  const failures = processes > 1
    ? await sideBySide(missing.map((cell) => ({ directory, name: cellName(cell), run: cell })), {
      ...watch,
      workers: processes,
    })
    : await oneByOne(missing, {
      ...watch,
      nameOf: cellName,
      work: async (cell, watch) => {
        const { seconds } = await computeRun(cell, directory, watch);
        return `${seconds.toFixed(0)} s`;
      },
    });
  if (failures.length > 0) {
    throw new Problem(`${failures.length} of ${cells.length} runs failed: ${failures.join("; ")}`);
  }
  for (const [i, cell] of cells.entries()) runs[i] ??= await stored(cell);
  return runs as Run[];
}

/** Computes a cell and stores its run, unless another process has done so meanwhile. */
export async function computeRun(cell: Cell, directory: string, watch: Watch): Promise<Run> {
  const inputs = await inputsOf(cell);
  const run = await load<Run>(directory, inputs) ??
    await save(directory, await runCell(cell, watch));
  await forgetCheckpoints(inputs);
  return run;
}
