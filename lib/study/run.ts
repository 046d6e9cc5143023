/** Computes the cells of a design, one after the other, and keeps what is computed. */
import { join } from "@std/path";
import { Problem } from "../base/problem.ts";
import { silent } from "../base/progress.ts";
import type { Cell, Run } from "./cell.ts";
import type { Design } from "./design.ts";
import { inputsOf, splitsOf } from "./material.ts";
import { forgetCheckpoints } from "./backbones.ts";
import { cellName } from "./rows.ts";
import { runCell } from "./run_cell.ts";
import { load, resultsFolder, save } from "./store.ts";
import type { Watch } from "./watch.ts";

/**
 * The runs of a design, in the order of its cells: what is stored is loaded, the rest is computed and
 * stored at once, so that a study that was stopped goes on where it was. A run that was stopped
 * itself goes on from its last checkpoint.
 *
 * @param progress counts the cells that were missing; its note says what was found or is being done
 * @throws {Problem} naming the cells that failed, e.g. because their loss left all bounds, after all
 *   others were computed and stored
 */
export async function run(
  design: Design,
  { progress = silent, signal }: Watch = {},
): Promise<Run[]> {
  const { cells } = design;
  const directory = join(resultsFolder(design), "runs");
  const runs: (Run | undefined)[] = [];
  for (const cell of cells) {
    await splitsOf(cell.data, progress);
    runs.push(await load<Run>(directory, await inputsOf(cell)));
  }
  const missing = runs.filter((run) => run === undefined).length;
  const failures: string[] = [];
  let done = 0;
  for (const [i, cell] of cells.entries()) {
    if (runs[i]) continue;
    signal?.throwIfAborted();
    const says = (note: string) => progress(done, missing, `${cellName(cell)}: ${note}`);
    try {
      const watch: Watch = { progress: (_, __, note) => says(note ?? ""), signal };
      runs[i] = await compute(cell, directory, watch);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      failures.push(`${cellName(cell)}: ${error.message}`);
    }
    done++;
    says(runs[i] ? `${runs[i].seconds.toFixed(0)} s` : failures.at(-1)!);
  }
  if (failures.length === 0) return runs as Run[];
  throw new Problem(`${failures.length} of ${cells.length} runs failed: ${failures.join("; ")}`);
}

/** Computes a cell and stores its run, unless another process has done so meanwhile. */
async function compute(cell: Cell, directory: string, watch: Watch): Promise<Run> {
  const inputs = await inputsOf(cell);
  const run = await load<Run>(directory, inputs) ??
    await save(directory, await runCell(cell, watch));
  await forgetCheckpoints(inputs);
  return run;
}
