/**
 * Emoji scenes, the data set that the library carries with it: concepts drawn by several artists,
 * composed on procedural backgrounds. The class is the concept; another artist and another scene
 * make a semantic pair. Nuisance is drawn independently of the class, and its factors are known.
 */
import { join } from "@std/path";
import sharp from "sharp";
import { cacheDirectory, writeAtomic } from "../base/files.ts";
import { keyOf } from "../base/hash.ts";
import { Problem } from "../base/problem.ts";
import { type Progress, silent } from "../base/progress.ts";
import type { Dataset } from "./dataset.ts";
import { allArtists, artistVersion } from "./emoji/artists.ts";
import { concepts as pool } from "./emoji/concepts.ts";
import { type DetectionPlan, makeDetectionSplits } from "./emoji/detection_splits.ts";
import { COUNTS, makeSplits, type Plan } from "./emoji/splits.ts";
import { type ImageRecords, pack, toDataset, unpack } from "./emoji/image_records.ts";

/** Part of the cache's key: to be raised whenever the same options give other pixels. */
const GENERATOR = 3;

/** What to make. */
export interface EmojiScenesOptions {
  /** Classes of pretraining (default 60). */
  concepts?: number;
  /** Classes of transfer (default 20); with `concepts` at most as many as there are drawings of. */
  heldOutConcepts?: number;
  /** Pretraining images a class (default 60). */
  scenes?: number;
  /** Pixels a side (default 32). */
  size?: 32 | 64;
  /** Decides classes and scenes (default 1). */
  seed?: number;
  /** Told how far the making is; silent when the images come from the cache. */
  progress?: Progress;
}

/** The splits. */
export interface EmojiScenes {
  /** concepts x scenes images, every pretraining artist as often as every other in each class. */
  pretraining: Dataset;
  /** New scenes of the same classes and artists: what in-domain probes are fitted on. */
  probe: Dataset;
  /** Test: new scenes of the same classes and artists. */
  heldOutScenes: Dataset;
  /** Test: the same classes by artists that are in no other split. */
  heldOutArtists: Dataset;
  /** Transfer: other classes by the pretraining artists; two sets of scenes. */
  heldOutConcepts: { probe: Dataset; test: Dataset };
  /** Detection: two to five objects a scene, pretraining classes; an image's label is the largest's. */
  multiObject: Dataset;
}

/**
 * Makes the emoji scenes, or loads them from the cache. Image j of class c of a split depends on the
 * seed, c's name and j alone: other counts keep the images that both have.
 *
 * @throws {Problem} when more concepts are asked for than all artists have drawn
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * const { pretraining, multiObject } = await emojiScenes({ concepts: 3, heldOutConcepts: 1, scenes: 6 });
 * strictEqual(pretraining.length, 3 * 6);
 * console.log(pretraining.classes, pretraining.factors!(0), multiObject.boxes!(0));
 * ```
 */
export async function emojiScenes(options: EmojiScenesOptions = {}): Promise<EmojiScenes> {
  const { progress = silent, ...given } = options;
  const plan = planOf(given);
  const records = await cached(await emojiScenesFile(plan), () => makeSplits(plan, progress));
  const [pretraining, probe, heldOutScenes, heldOutArtists, fit, test, multiObject] = records
    .map(toDataset);
  const heldOutConcepts = { probe: fit, test };
  return { pretraining, probe, heldOutScenes, heldOutArtists, heldOutConcepts, multiObject };
}

/** What to make for detection. */
export interface DetectionScenesOptions {
  /** Classes: the first of those that pretraining has with the same seed (default 15). */
  classes?: number;
  /** Scenes of each split, by its name (default 1000 for training, 500 to test). */
  scenes?: Readonly<Record<string, number>>;
  /** Pixels a side (default 64: objects are then about as large as in pretraining at 32). */
  size?: 32 | 64;
  /** That of pretraining (default 1). */
  seed?: number;
  /** Told how far the making is; silent when the images come from the cache. */
  progress?: Progress;
}

/**
 * Scenes of two to five objects for detection, more of them and of fewer classes than
 * `emojiScenes().multiObject` has: enough of each to be learned. Classes and artists are pretraining's
 * with the same seed. Image i of a split depends on the seed, the classes, the split's name and i
 * alone.
 *
 * @throws {Problem} when more classes are asked for than all artists have drawn
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * const { train, test } = await detectionScenes({ classes: 3, scenes: { train: 8, test: 4 } });
 * deepStrictEqual([train.length, test.length, test.classes.length], [8, 4, 3]);
 * ```
 */
export async function detectionScenes(
  options: DetectionScenesOptions = {},
): Promise<Record<string, Dataset>> {
  const { progress = silent, scenes = { train: 1000, test: 500 }, ...given } = options;
  // The key of the cache does not tell orders apart.
  const sorted = Object.fromEntries(Object.entries(scenes).sort());
  const plan = { classes: 15, size: 64, seed: 1, ...given, scenes: sorted };
  checkDetection(plan);
  const path = await cacheFile({ detection: plan });
  const records = await cached(path, () => makeDetectionSplits(plan, progress));
  return Object.fromEntries(
    Object.keys(plan.scenes).map((name, i) => [name, toDataset(records[i])]),
  );
}

/** The records in a file of the cache, or what is made and put there. */
export async function cached(
  path: string,
  make: () => Promise<ImageRecords[]>,
): Promise<ImageRecords[]> {
  const found = await Deno.readFile(path).then(unpack, () => undefined);
  if (found) return found;
  const made = await make();
  await writeAtomic(path, pack(made));
  return made;
}

function checkDetection({ classes, scenes, size }: DetectionPlan): void {
  const counts = Object.entries(scenes).map(([name, n]) => [`scenes.${name}`, n] as const);
  for (const [name, n] of [["classes", classes] as const, ...counts]) {
    if (!Number.isInteger(n) || n < 1) {
      throw new Problem(`detectionScenes: ${name} is ${n}, it must be a whole number from 1`);
    }
  }
  if (classes > pool.length) {
    throw new Problem(
      `detectionScenes: ${classes} classes, but there are drawings of ${pool.length} concepts`,
    );
  }
  checkSize("detectionScenes", size);
}

/**
 * Complete options.
 *
 * @throws {Problem} where they are impossible
 */
export function planOf(given: Omit<EmojiScenesOptions, "progress">): Plan {
  const plan = { concepts: 60, heldOutConcepts: 20, scenes: 60, size: 32, seed: 1, ...given };
  check(plan);
  return plan;
}

function check({ concepts, heldOutConcepts, scenes, size }: Plan): void {
  for (const [name, n] of Object.entries({ concepts, heldOutConcepts, scenes })) {
    if (!Number.isInteger(n) || n < 1) {
      throw new Problem(`emojiScenes: ${name} is ${n}, it must be a whole number from 1`);
    }
  }
  if (concepts + heldOutConcepts > pool.length) {
    throw new Problem(
      `emojiScenes: ${concepts} + ${heldOutConcepts} concepts, but there are drawings of ` +
        `${pool.length}: ask for fewer concepts or heldOutConcepts`,
    );
  }
  checkSize("emojiScenes", size);
}

function checkSize(of: string, size: number): void {
  if (size !== 32 && size !== 64) throw new Problem(`${of}: size is ${size}, not 32 or 64`);
}

/** Where the scenes of complete options are cached; the name is the key of all that makes them. */
export function emojiScenesFile(plan: Plan): Promise<string> {
  return cacheFile({ COUNTS, plan });
}

/** The file of the cache for what is made of drawings; its name is the key of all that makes it. */
export async function cacheFile(what: Record<string, unknown>): Promise<string> {
  const packages = await Promise.all(allArtists.map(artistVersion));
  const key = keyOf({ GENERATOR, ...what, pool, packages, renderer: sharp.versions });
  return join(cacheDirectory("emoji-scenes", key), "scenes.bin");
}
