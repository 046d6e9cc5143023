/**
 * The two arms of a comparison, matched: same images, same classes, same number of pairs, same
 * order of anchors. Only the partner differs, and this is proved, not assumed.
 */
import { type Prng, prng } from "../base/prng.ts";
import type { Dataset } from "../datasets/dataset.ts";
import { augmentedPairs } from "./augmented.ts";
import type { PairList } from "./pair_list.ts";
import { proveMatched } from "./prove.ts";
import type { MatchReport } from "./report.ts";
import { type Sample, sampleImages, type SampleOptions } from "./sample.ts";
import { semanticPairs } from "./semantic.ts";

/** How both arms are drawn. */
export interface MatchOptions extends SampleOptions {
  seed: number;
  /** Factors in which every semantic partner differs from its anchor, e.g. `["artist"]`. */
  differ?: readonly string[];
}

/** Both arms and the proof that they match. */
export type Matched = { augmented: PairList; semantic: PairList; report: MatchReport };

/**
 * Draws images of each class at random and pairs them twice: with themselves, and with another
 * image of their class. Every epoch of both arms has the same anchors in the same order and sees
 * each image as often.
 *
 * `match(images, { seed: 1 })` pairs everything, large and small classes as they are. How much of
 * it is used are factors of a study:
 *
 *   `classes`         their names, or so many at random: fewer are among more of the same seed
 *   `imagesPerClass`  so many at random, or "all"; alone, each image is one pair an epoch
 *   `pairsPerClass`   alone, as many images. With `imagesPerClass`, the pairs an epoch: of fewer
 *                     than images, each round takes others, until all have been used; of more,
 *                     images come again. "all" and one number make a long tail even.
 *   `rounds`          1: a partner is the same in every epoch; more: it is redrawn, and repeats
 *                     after so many epochs
 *   `differ`          factors that no partner shares with its anchor
 *
 * A class of fewer images than asked for (or than two) is refused, unless `smallClasses` says
 * "leave out"; the report counts what is left out. Unlabelled images take no part. Where images
 * have several classes, a pair shares one of them: all images are used that find a partner so, once
 * an epoch, and `imagesPerClass` and `pairsPerClass` do not apply.
 *
 * @throws {Problem} where a class is too small or cannot be paired so; the message names it
 * @example
 * ```ts ignore
 * const arms = match(images, { pairsPerClass: 100, seed: 1, rounds: 20 });
 * ```
 */
export function match(dataset: Dataset, options: MatchOptions): Matched {
  const { augmented, semantic, sample } = drawArms(dataset, options);
  return {
    augmented,
    semantic,
    report: proveMatched(dataset, augmented, semantic, sample.leftOut),
  };
}

/** Both arms, with what they were drawn from; `random` is the source of partners. */
export function drawArms(
  dataset: Dataset,
  { seed, differ, ...options }: MatchOptions,
): { augmented: PairList; semantic: PairList; sample: Sample; random: Prng } {
  const random = prng(`match ${seed}`);
  const sample = sampleImages(dataset, options, random);
  const partners = random.fork("partners");
  const semantic = semanticPairs(dataset, sample, partners, differ);
  return { augmented: augmentedPairs(sample), semantic, sample, random: partners };
}
