/** Hybrid pairs: some anchors with another image of their class, the others with themselves. */
import { Problem } from "../base/problem.ts";
import type { Dataset } from "../datasets/dataset.ts";
import { drawArms, type MatchOptions } from "./match.ts";
import type { PairList } from "./pair_list.ts";
import { proveMatched } from "./prove.ts";
import type { MatchReport } from "./report.ts";
import { differing, partnersWithin, roundOf } from "./semantic.ts";
import { type Portion, spread } from "./share.ts";

/**
 * Gives a share of the anchors a semantic partner, drawn among themselves: so every image is
 * partner as often as it is anchor, whatever the share. The share holds for the pairs of an epoch,
 * rounded to a whole number of them or one less, and in proportion for each class; no class has one
 * alone, for it would have nobody to be paired with. Where the other options forbid a pairing of
 * just so many of a class, the nearest number is taken; the report counts what came of it.
 *
 * 0 gives the pairs of the augmented arm and 1 those of the semantic one, in all but the kind. The
 * anchors that have a semantic partner at one share have one at every larger share of the same seed
 * (with `differ`, nearly all of them).
 *
 * @param share of the anchors, 0 … 1
 * @throws {Problem} as {@link match}, and for a share that is none
 */
export function hybrid(
  dataset: Dataset,
  { share, ...options }: MatchOptions & { share: number },
): { augmented: PairList; hybrid: PairList; report: MatchReport } {
  if (!(share >= 0 && share <= 1)) {
    throw new Problem(`share is ${share}: give a number from 0 to 1`);
  }
  const { augmented, sample, random } = drawArms(dataset, options);
  const { anchors, perEpoch, rounds, groups } = sample, { differ = [] } = options;
  const mayMeet = differing(dataset, differ);
  const partners = anchors.slice();
  for (let round = 0; round < rounds; round++) {
    const images = anchors.subarray(round * perEpoch, (round + 1) * perEpoch);
    const portions = spread(groups(round), Math.round(share * perEpoch), {
      atOnce: 2,
      keyOf: (place) => meetingKey(dataset, images[place], differ),
      random: random.fork(`semantic anchors, round ${round}`),
    });
    for (const portion of portions) {
      const chance = roundOf(random, round, portion.label);
      const partnersOf = (places: number[]) =>
        partnersWithin(places.map((place) => images[place]), mayMeet, chance);
      for (const [place, partner] of pairUp(portion, partnersOf)) {
        partners[round * perEpoch + place] = partner;
      }
    }
  }
  const mixture: PairList = { ...augmented, kind: "hybrid", origin: "same class", partners };
  const report = proveMatched(dataset, augmented, mixture, sample.leftOut);
  return { augmented, hybrid: mixture, report };
}

/** What images have in common that may not meet. */
function meetingKey(dataset: Dataset, image: number, differ: readonly string[]): string | number {
  if (differ.length === 0) return image;
  const factors = dataset.factors!(image);
  return JSON.stringify(differ.map((factor) => factors[factor]));
}

/** Places and their partners: as many as asked for, or the nearest number that can be paired. */
function pairUp(
  { order, count }: Portion,
  partnersOf: (places: number[]) => number[] | undefined,
): [place: number, partner: number][] {
  for (const near of nearest(count, order.length)) {
    const places = order.slice(0, near).sort((a, b) => a - b);
    const found = partnersOf(places);
    if (found) return places.map((place, i) => [place, found[i]]);
  }
  return []; // not reached: none can always be paired
}

/** The numbers from 0 to `most`, those nearest to `count` first. */
function* nearest(count: number, most: number): Generator<number> {
  yield count;
  for (let far = 1; far <= most; far++) {
    if (count - far >= 0) yield count - far;
    if (count + far <= most) yield count + far;
  }
}
