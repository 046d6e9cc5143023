/**
 * The two arms of a comparison, matched: same images, same classes, same number of pairs, same order
 * of anchors. Only the partner differs, and this is proved, not assumed.
 */
import { type Prng, prng } from "../base/prng.ts";
import { Problem } from "../base/problem.ts";
import type { Dataset } from "../datasets/dataset.ts";
import { augmentedPairs } from "./augmented.ts";
import type { PairList } from "./pair_list.ts";
import { type MatchReport, proveMatched } from "./prove.ts";
import { semanticPairs } from "./semantic.ts";

/** Both arms and the proof that they match. */
export interface Matched {
  augmented: PairList;
  semantic: PairList;
  report: MatchReport;
}

/**
 * Chooses `pairsPerClass` images of each class at random and pairs them twice: with themselves, and
 * with another image of their class.
 *
 * @param pairsPerClass images, and so pairs an epoch, of each class
 * @param differ factors in which every semantic partner differs from its anchor, e.g. `["artist"]`
 * @param rounds how many epochs have partners of their own before they repeat
 * @throws {Problem} where a class is too small or cannot be paired so; the message names it
 */
export function match(
  dataset: Dataset,
  { pairsPerClass, seed, differ = [], rounds = 1 }: {
    pairsPerClass: number;
    seed: number;
    differ?: string[];
    rounds?: number;
  },
): Matched {
  if (!(Number.isInteger(pairsPerClass) && pairsPerClass > 0)) {
    throw new Problem(`pairsPerClass is ${pairsPerClass}: give a whole number above 0`);
  }
  if (!(Number.isInteger(rounds) && rounds > 0)) {
    throw new Problem(`rounds is ${rounds}: give a whole number above 0`);
  }
  const random = prng(`match ${seed}`);
  const anchors = chooseImages(dataset, pairsPerClass, random);
  const augmented = augmentedPairs(anchors, { dataset: dataset.hash, rounds });
  const semantic = semanticPairs(dataset, anchors, random.fork("partners"), { differ, rounds });
  return { augmented, semantic, report: proveMatched(dataset, augmented, semantic) };
}

/** So many images of each class, in random order. */
function chooseImages(dataset: Dataset, perClass: number, random: Prng): Int32Array {
  const indices = Array.from({ length: dataset.length }, (_, i) => i);
  const classes = Map.groupBy(indices, (i) => dataset.label(i));
  const chosen = dataset.classes.flatMap((name, label) => {
    const images = classes.get(label) ?? [];
    if (images.length < perClass) {
      throw new Problem(
        `class "${name}" of ${dataset.name} holds ${images.length} images, fewer than ` +
          `pairsPerClass ${perClass}: lower it or add images`,
      );
    }
    return random.fork(`class ${label}`).shuffle(images).slice(0, perClass);
  });
  return Int32Array.from(random.fork("order").shuffle(chosen));
}
