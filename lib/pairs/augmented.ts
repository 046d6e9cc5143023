/** Augmented pairs: two views of one image, what self-supervised learning has always used. */
import { Problem } from "../base/problem.ts";
import { prng } from "../base/prng.ts";
import type { Dataset } from "../datasets/dataset.ts";
import type { PairList } from "./pair_list.ts";
import { proveSound } from "./prove.ts";
import { type MatchReport, reportOn } from "./report.ts";

/**
 * Each anchor is its own partner.
 *
 * @param anchors image indices, an epoch after the other
 * @param dataset the hash of the data set that they point into
 */
export function augmentedPairs(
  { anchors, perEpoch, dataset }: Pick<PairList, "anchors" | "perEpoch" | "dataset">,
): PairList {
  const [kind, origin] = ["augmented", "same image"] as const;
  return { kind, origin, anchors, partners: anchors, perEpoch, dataset };
}

/**
 * Augmented pairs alone, for images without labels: nothing can be matched to them yet.
 *
 * @param images so many, drawn at random (default: all)
 * @param rounds how often an epoch is repeated, where the list is to be as long as another one
 * @throws {Problem} where there are not as many images
 */
export function augmentedOnly(
  dataset: Dataset,
  { images = dataset.length, seed, rounds = 1 }: {
    images?: number;
    seed: number;
    rounds?: number;
  },
): { augmented: PairList; report: MatchReport } {
  if (!(Number.isInteger(images) && images > 0 && images <= dataset.length)) {
    throw new Problem(`images is ${images}: give a whole number from 1 to ${dataset.length}`);
  }
  if (!(Number.isInteger(rounds) && rounds > 0)) {
    throw new Problem(`rounds is ${rounds}: give a whole number from 1`);
  }
  const drawn = prng(`augmented ${seed}`).shuffle(Array(dataset.length).keys()).slice(0, images);
  const anchors = Int32Array.from({ length: rounds * images }, (_, k) => drawn[k % images]);
  const augmented = augmentedPairs({ anchors, perEpoch: images, dataset: dataset.hash });
  proveSound(dataset, augmented);
  return { augmented, report: reportOn(dataset, [augmented]) };
}
