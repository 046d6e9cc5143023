/** What a cell is computed from: data and pairs, made once and kept for the cells that share them. */
import { keyOf } from "../base/hash.ts";
import { once } from "../base/once.ts";
import type { Progress } from "../base/progress.ts";
import { engineInfo } from "../engine/mod.ts";
import { match, type Matched } from "../pairs/match.ts";
import { pairListHash } from "../pairs/pair_list.ts";
import type { Cell, Inputs } from "./cell.ts";
import { imageSplits, sceneSplits, type Splits } from "./splits.ts";

/**
 * Counts the changes of this library's code that change results, such as a corrected loss: to be
 * raised with such a change, so that no result of the old code passes for one of the new.
 */
export const studyVersion = 3;

const splits = new Map<string, Promise<Splits>>();
const matches = new Map<string, Promise<Matched>>();

/** The splits of a cell's data. A failure is not kept: the next call tries again. */
export function splitsOf(data: Cell["data"], progress?: Progress): Promise<Splits> {
  return once(
    splits,
    keyOf(data),
    () => data.source === "images" ? imageSplits(data, progress) : sceneSplits(data, progress),
  );
}

/** Both arms of a cell's comparison, proved to match. */
export async function armsOf({ data, pairing, seed }: Cell): Promise<Matched> {
  const { pretraining } = await splitsOf(data);
  const key = keyOf({ dataset: pretraining.hash, pairing, seed });
  return once(matches, key, () => Promise.resolve(match(pretraining, { ...pairing, seed })));
}

/** All that decides a cell's result. */
export async function inputsOf(cell: Cell): Promise<Inputs> {
  const { hashes } = await splitsOf(cell.data);
  const pairs = cell.arm === "untrained" ? "none" : pairListHash((await armsOf(cell))[cell.arm]);
  const { name, version, devices } = engineInfo();
  const engine = `${name} ${version}, ${devices.join(", ")}`;
  return { cell, dataset: keyOf(hashes), pairs, engine, version: studyVersion };
}
