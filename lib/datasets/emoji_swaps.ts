/**
 * The object on another background: what of an image's class does a representation take from there?
 * In the manner of Xiao et al. 2020, "Noise or Signal" (arXiv 2006.09994), on scenes whose parts are
 * known, so that nothing has to be cut out or filled in.
 */
import { Problem } from "../base/problem.ts";
import { silent } from "../base/progress.ts";
import type { Dataset } from "./dataset.ts";
import { COUNTS } from "./emoji/splits.ts";
import { makeSwaps } from "./emoji/swaps.ts";
import { toDataset } from "./emoji/image_records.ts";
import { cached, cacheFile, emojiScenes, type EmojiScenesOptions, planOf } from "./emoji_scenes.ts";

/**
 * Variants of one split, image by image. The foreground is the object and the clutter in front of it;
 * the background is all behind it. The light is always the original's. Where an image has another
 * scene's background, its factor `backgroundFrom` is that scene's index in the original.
 */
export interface BackgroundSwaps {
  /** The held-out scenes of {@link emojiScenes}. */
  original: Dataset;
  /** The foreground on the background of another scene of the same class. */
  mixedSame: Dataset;
  /**
   * The foreground on the background of a scene of another class. Backgrounds are drawn
   * independently of the class here, so that a gap to `mixedSame` is chance.
   */
  mixedRandom: Dataset;
  /** The background alone; it says nothing of the class. */
  onlyBackground: Dataset;
  /** The foreground on black. */
  onlyForeground: Dataset;
}

/**
 * Makes the swaps of the held-out emoji scenes, or loads them from the cache.
 *
 * @param options those of the scenes
 * @throws {Problem} where there is but one class, or the options are impossible
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * const swaps = await backgroundSwaps({ concepts: 3, heldOutConcepts: 1, scenes: 6 });
 * strictEqual(swaps.mixedRandom.label(7), swaps.original.label(7));
 * console.log(swaps.mixedRandom.factors!(7).backgroundFrom);
 * ```
 */
export async function backgroundSwaps(options: EmojiScenesOptions = {}): Promise<BackgroundSwaps> {
  const { progress = silent, ...given } = options;
  const plan = planOf(given);
  if (plan.concepts < 2) {
    throw new Problem("backgroundSwaps: concepts is 1, another class's background needs 2 or more");
  }
  const { heldOutScenes: original } = await emojiScenes(options);
  const records = await cached(
    await cacheFile({ COUNTS, swaps: plan }),
    () => makeSwaps(plan, progress),
  );
  const [mixedSame, mixedRandom, onlyBackground, onlyForeground] = records.map(toDataset);
  return { original, mixedSame, mixedRandom, onlyBackground, onlyForeground };
}
