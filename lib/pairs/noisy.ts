/** Noisy pairs: semantic ones, some of which are false, as in lists that people or miners make. */
import type { Prng } from "../base/prng.ts";
import { Problem } from "../base/problem.ts";
import type { Dataset } from "../datasets/dataset.ts";
import { drawArms, type MatchOptions } from "./match.ts";
import type { PairList } from "./pair_list.ts";
import { proveMatched } from "./prove.ts";
import { related } from "./relation.ts";
import type { MatchReport } from "./report.ts";
import { spread } from "./share.ts";

/**
 * Swaps the partners of a share of the semantic pairs among each other, so that each gets one with
 * which it shares no class: every image is partner as often as before, and all other pairs are
 * those of the semantic arm. The rate holds for the pairs of an epoch, rounded to a whole number of
 * them (or to the next, where that many cannot be swapped), and in proportion for each class.
 *
 * 0 gives the pairs of the semantic arm, in all but the kind. The pairs that are false at one rate
 * are so at every higher rate of the same seed, with other partners.
 *
 * @param rate of the pairs that are false, 0 … 1
 * @throws {Problem} as {@link match}; for a rate that is none; and where there are not enough
 *   images of other classes: with one class, or with one that has more than half of the pairs
 */
export function noisy(
  dataset: Dataset,
  { rate, ...options }: MatchOptions & { rate: number },
): { augmented: PairList; noisy: PairList; report: MatchReport } {
  if (!(rate >= 0 && rate <= 1)) throw new Problem(`rate is ${rate}: give a number from 0 to 1`);
  const { augmented, semantic, sample, random } = drawArms(dataset, options);
  const partners = semantic.partners.slice();
  for (let round = 0; round < sample.rounds; round++) {
    const [anchors, own] = [semantic.anchors, partners].map((list) =>
      list.subarray(round * sample.perEpoch, (round + 1) * sample.perEpoch)
    );
    const chance = random.fork(`false pairs, round ${round}`), groups = sample.groups(round);
    const swapSome = (total: number) => {
      const keyOf = (place: number) => anchors[place];
      const places = spread(groups, total, { atOnce: 1, keyOf, random: chance })
        .flatMap(({ order, count }) => order.slice(0, count));
      const tries = dataset.labels ? [1, 2, 3, 4, 5] : [1]; // one class each: the first succeeds
      return tries.some((nth) =>
        swapPartners({ anchors, partners: own, places }, dataset, chance.fork(`partners ${nth}`))
      );
    };
    const total = Math.round(rate * sample.perEpoch);
    if (!(swapSome(total) || swapSome(total + 1) || swapSome(total - 1))) {
      throw impossible(dataset, rate);
    }
  }
  const pairs: PairList = { ...semantic, kind: "noisy", partners };
  const report = proveMatched(dataset, augmented, pairs, sample.leftOut);
  return { augmented, noisy: pairs, report };
}

/**
 * Shuffles the partners of some places until none is of its anchor's class; whether that worked. In
 * a random order, each pair that shares a class swaps partners with another pair, so that neither
 * does then. Where an image has one class, and no class more than half of the places, there always
 * is such another: of m pairs, of which class c has n anchors and as many partners, f of them
 * paired with each other, m - 2n + f are without c, and that is at least f.
 */
function swapPartners(
  { anchors, partners, places }: { anchors: Int32Array; partners: Int32Array; places: number[] },
  dataset: Dataset,
  random: Prng,
): boolean {
  const shuffled = random.shuffle(places.map((place) => partners[place]));
  const isFalse = (i: number, j: number) => !related(dataset, anchors[places[i]], shuffled[j]);
  const findBetween = (i: number, from: number, to: number) => {
    const suits = (j: number) => isFalse(i, j) && isFalse(j, i);
    for (let tried = from; tried < to; tried++) {
      const j = from + random.int(to - from);
      if (suits(j)) return j;
    }
    for (let j = from; j < to; j++) if (suits(j)) return j; // it is rare, or there is none
  };
  for (let i = 0; i < places.length; i++) {
    if (isFalse(i, i)) continue;
    // first among those to come: they are the more likely to need it too
    const j = findBetween(i, i + 1, places.length) ?? findBetween(i, 0, i);
    if (j === undefined) return false;
    [shuffled[i], shuffled[j]] = [shuffled[j], shuffled[i]];
  }
  places.forEach((place, i) => partners[place] = shuffled[i]);
  return true;
}

function impossible(dataset: Dataset, rate: number): Problem {
  return new Problem(
    `false pairs at a rate of ${rate} cannot be made of ${dataset.name}: no class may have more ` +
      "than half of the pairs; give other classes, or the same pairsPerClass to all",
  );
}
