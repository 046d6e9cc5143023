/** What is there of a design whose runs take days. */
import { join } from "@std/path";
import { exists } from "../base/files.ts";
import { keyOf } from "../base/hash.ts";
import { messageOf } from "../base/problem.ts";
import { apartFromArm } from "./audit.ts";
import type { Run } from "./cell.ts";
import type { Design } from "./design.ts";
import { studyVersion } from "./material.ts";
import { load, resultsFolder } from "./store.ts";

/** The runs of a design that are stored, of how many. */
export interface SoFar {
  runs: Run[];
  needed: number;
}

/**
 * The stored runs of a design in the order of its cells, without its images, which who reads may not
 * have: that arms match is not proved here, see `audit`. Of trained backbones those alone that are
 * there in both arms.
 *
 * @param warn told of a file that is damaged; it does not count
 */
export async function soFar(
  design: Design,
  warn: (message: string) => void = console.error,
): Promise<SoFar> {
  const directory = join(resultsFolder(design), "runs");
  const needed = new Set(design.cells.map(keyOf));
  const found: Run[] = [];
  for await (const { name } of await exists(directory) ? Deno.readDir(directory) : []) {
    if (!name.endsWith(".json")) continue;
    const inputs = await inputsIn(join(directory, name));
    if (inputs?.version !== studyVersion || !needed.has(keyOf(inputs.cell))) continue;
    const run = await load<Run>(directory, inputs, warn);
    if (run) found.push(run);
  }
  const byCell = new Map(paired(found).map((run) => [keyOf(run.inputs.cell), run]));
  return {
    runs: design.cells.flatMap((cell) => byCell.get(keyOf(cell)) ?? []),
    needed: needed.size,
  };

  async function inputsIn(path: string): Promise<Run["inputs"] | undefined> {
    try {
      return JSON.parse(await Deno.readTextFile(path)).inputs;
    } catch (error) {
      warn(`${path} is damaged: ${messageOf(error)}`);
    }
  }
}

/**
 * Without runs whose other arm is missing, where a design has the two. Runs that two engines have made
 * of one cell follow each other pair by pair: the last pair stays whole.
 */
function paired(runs: readonly Run[]): Run[] {
  return Map.groupBy(runs, ({ inputs }) => apartFromArm(inputs)).values()
    .filter((group) => group[0].inputs.cell.arm === "untrained" || group.length === 2)
    .toArray().flat();
}
