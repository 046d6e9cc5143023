/** What a cell is computed from: data and pairs, made once and kept for the cells that share them. */
import { keyOf } from "../base/hash.ts";
import type { Progress } from "../base/progress.ts";
import { engineInfo } from "../engine/mod.ts";
import { type EmojiScenes, emojiScenes } from "../datasets/emoji_scenes.ts";
import { match, type Matched } from "../pairs/match.ts";
import { pairListHash } from "../pairs/pair_list.ts";
import type { Cell, Inputs, SceneData } from "./cell.ts";

/**
 * Counts the changes of this library's code that change results, such as a corrected loss: to be
 * raised with such a change, so that no result of the old code passes for one of the new.
 */
export const studyVersion = 3;

const scenes = new Map<string, Promise<EmojiScenes>>();
const matches = new Map<string, Matched>();

/** The splits of a cell's data. A failure is not kept: the next call tries again. */
export function scenesOf(data: SceneData, progress?: Progress): Promise<EmojiScenes> {
  const key = keyOf(data);
  const make = () => emojiScenes({ ...data.options, progress });
  return memo(scenes, key, () =>
    make().catch((error) => {
      scenes.delete(key);
      throw error;
    }));
}

/** Both arms of a cell's comparison, proved to match. */
export async function armsOf({ data, pairing, seed }: Cell): Promise<Matched> {
  const { pretraining } = await scenesOf(data);
  const key = keyOf({ dataset: pretraining.hash, pairing, seed });
  return memo(matches, key, () => match(pretraining, { ...pairing, seed }));
}

/** All that decides a cell's result. */
export async function inputsOf(cell: Cell): Promise<Inputs> {
  const { heldOutConcepts, multiObject: _, ...splits } = await scenesOf(cell.data);
  const used = { ...splits, fit: heldOutConcepts.probe, test: heldOutConcepts.test };
  const hashes = Object.entries(used).map(([split, { hash }]) => [split, hash]);
  const pairs = cell.arm === "untrained" ? "none" : pairListHash((await armsOf(cell))[cell.arm]);
  const { name, version, devices } = engineInfo();
  const engine = `${name} ${version}, ${devices.join(", ")}`;
  return { cell, dataset: keyOf(hashes), pairs, engine, version: studyVersion };
}

function memo<T>(cache: Map<string, T>, key: string, make: () => T): T {
  if (!cache.has(key)) cache.set(key, make());
  return cache.get(key)!;
}
