/** Mined pairs: images that a network takes for alike, whatever their labels say. */
import { type Prng, prng } from "../base/prng.ts";
import { Problem } from "../base/problem.ts";
import type { Dataset } from "../datasets/dataset.ts";
import { augmentedPairs } from "./augmented.ts";
import type { PairList } from "./pair_list.ts";
import { proveMatched } from "./prove.ts";
import type { MatchReport } from "./report.ts";
import { sampleAll, sampleImages, type SampleOptions } from "./sample.ts";

/** Pairs that could be made: each once, the most similar first. */
export interface Candidates {
  /** Image indices; b differs from a. */
  a: Int32Array;
  b: Int32Array;
  /** As the miner measures it, e.g. a cosine. */
  similarity: Float32Array;
}

/**
 * Pairs images as candidates say. An epoch takes candidates in an order of its own, each whose two
 * images have no partner yet, and both become each other's partner: so every image is partner as
 * often as it is anchor, whatever the candidates' hubs, and an image that is left over is its own
 * partner; the report counts these. All images take part and no label is looked at, unless the options
 * ask for images of classes: then those are used that `match` uses with the same options and seed.
 *
 * @throws {Problem} where no candidate is of two images of the sample; for options that mean nothing
 * @example
 * ```ts ignore
 * const { candidates } = await mine(images, embedder, { rule: { name: "mutual", k: 10 } });
 * const arms = mined(images, candidates, { seed: 1, rounds: 20 });
 * ```
 */
export function mined(
  dataset: Dataset,
  candidates: Candidates,
  { seed, ...options }: SampleOptions & { seed: number },
): { augmented: PairList; mined: PairList; report: MatchReport } {
  const random = prng(`match ${seed}`); // the anchors are those of `match`
  const { classes, imagesPerClass, pairsPerClass } = options;
  const ofClasses = [classes, imagesPerClass, pairsPerClass].some((it) => it !== undefined);
  const sample = (ofClasses ? sampleImages : sampleAll)(dataset, options, random);
  const { anchors, perEpoch, rounds } = sample;
  const chance = random.fork("partners");
  const partners = anchors.slice();
  let alone = 0;
  for (let round = 0; round < rounds; round++) {
    const of = (list: Int32Array) => list.subarray(round * perEpoch, (round + 1) * perEpoch);
    alone += pairUp(of(anchors), of(partners), candidates, chance.fork(`round ${round}`));
  }
  if (alone === anchors.length) {
    throw new Problem(`no mined pair is of two images of the sample of ${dataset.name}`);
  }
  const pairs: PairList = {
    ...{ kind: "mined", origin: "mined", anchors, partners, perEpoch, dataset: dataset.hash },
  };
  const notes = [{ note: "anchors without a mined partner: their own", count: alone }];
  const augmented = augmentedPairs(sample);
  const report = proveMatched(dataset, augmented, pairs, [...notes, ...sample.leftOut]);
  return { augmented, mined: pairs, report };
}

/** Gives anchors partners, in place, by a random greedy matching; returns how many are left over. */
function pairUp(
  anchors: Int32Array,
  partners: Int32Array,
  { a, b }: Candidates,
  random: Prng,
): number {
  const free = new Map<number, number[]>(); // places of an image that have no partner yet
  anchors.forEach((image, place) => {
    const places = free.get(image);
    if (places) places.push(place);
    else free.set(image, [place]);
  });
  let left = anchors.length;
  for (const pair of random.shuffle(a.keys())) {
    const [ofA, ofB] = [free.get(a[pair]), free.get(b[pair])];
    if (!ofA?.length || !ofB?.length) continue;
    partners[ofA.pop()!] = b[pair];
    partners[ofB.pop()!] = a[pair];
    left -= 2;
  }
  return left;
}
