/** Augmented pairs: two views of one image, what self-supervised learning has always used. */
import type { PairList } from "./pair_list.ts";

/**
 * Each anchor is its own partner, in every round.
 *
 * @param anchors image indices, in the order of an epoch
 * @param dataset the hash of the data set that they point into
 * @param rounds how often the epoch's pairs are repeated, so that the list is as long as another arm's
 */
export function augmentedPairs(
  anchors: Int32Array,
  { dataset, rounds = 1 }: { dataset: string; rounds?: number },
): PairList {
  const repeated = repeat(anchors, rounds);
  return {
    kind: "augmented",
    origin: "same image",
    anchors: repeated,
    partners: repeated.slice(),
    perEpoch: anchors.length,
    dataset,
  };
}

/** The items, `times` over. */
export function repeat(items: Int32Array, times: number): Int32Array {
  const repeated = new Int32Array(items.length * times);
  for (let t = 0; t < times; t++) repeated.set(items, t * items.length);
  return repeated;
}
