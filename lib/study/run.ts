/** Computes the cells of a design, one after the other, and keeps what is computed. */
import { join } from "@std/path";
import { silent } from "../base/progress.ts";
import { methods } from "../methods/index.ts";
import type { Cell, Run } from "./cell.ts";
import type { Design } from "./design.ts";
import { inputsOf, scenesOf } from "./material.ts";
import { runCell, type Watch } from "./run_cell.ts";
import { load, resultsFolder, save } from "./store.ts";

/**
 * The runs of a design, in the order of its cells: what is stored is loaded, the rest is computed and
 * stored at once, so that a study that was stopped goes on where it was.
 *
 * @param progress counts the cells that were missing; its note says what was found or is being done
 */
export async function run(
  design: Design,
  { progress = silent, signal }: Watch = {},
): Promise<Run[]> {
  const { cells } = design;
  const directory = join(resultsFolder(design), "runs");
  const runs: (Run | undefined)[] = [];
  for (const cell of cells) {
    await scenesOf(cell.data, progress);
    runs.push(await load(directory, await inputsOf(cell)));
  }
  const missing = runs.filter((run) => run === undefined).length;
  let done = 0;
  for (const [i, cell] of cells.entries()) {
    if (runs[i]) continue;
    signal?.throwIfAborted();
    const says = (note: string) => progress(done, missing, `${cellName(cell)}: ${note}`);
    const computed = await runCell(cell, { progress: (_, __, note) => says(note ?? ""), signal });
    runs[i] = await save(directory, computed);
    done++;
    says(`${computed.seconds.toFixed(0)} s`);
  }
  return runs as Run[];
}

/** e.g. `SimCLR, semantic pairs, seed 2` */
function cellName({ arm, method, seed }: Cell): string {
  const what = arm === "untrained" ? arm : `${methods[method.name].title}, ${arm} pairs`;
  return `${what}, seed ${seed}`;
}
