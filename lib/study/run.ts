/** Computes the cells of a design, and keeps what is computed. */
import { join } from "@std/path";
import type { Cell, Run } from "./cell.ts";
import type { Design } from "./design.ts";
import { carryOut, type Means } from "./executors/carry_out.ts";
import { inputsOf, splitsOf } from "./material.ts";
import { cellName } from "./rows.ts";
import { load, resultsFolder } from "./store.ts";
import type { Watch } from "./watch.ts";

/**
 * The runs of a design, in the order of its cells: what is stored is loaded, the rest is computed and
 * stored at once, so that a study that was stopped goes on where it was. A run that was stopped
 * itself goes on from its last checkpoint. Many cells of small networks are computed side by side.
 *
 * @param progress counts the cells that were missing; its note says what was found or is being done
 * @throws {Problem} naming the cells that failed, e.g. because their loss left all bounds, after all
 *   others were computed and stored
 */
export async function run(
  design: Design,
  watch: Watch & Means = {},
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
  await carryOut(missing.map((cell) => ({ directory, name: cellName(cell), run: cell })), watch);
  for (const [i, cell] of cells.entries()) runs[i] ??= await stored(cell);
  return runs as Run[];
}
