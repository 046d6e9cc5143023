/** How many of the mined pairs are right: by labels where there are some, else by judgements. */
import { wilsonInterval } from "../base/wilson.ts";
import type { Candidates } from "../pairs/mined.ts";

/** Pairs of a range of similarity, and how many of those that were judged are right. */
export interface Bin {
  /** The similarities of its least and its most similar pair. */
  from: number;
  to: number;
  pairs: number;
  judged: number;
  right: number;
  /** right / judged, with its 95 % interval (Wilson); null where none was judged. */
  precision: number | null;
  low: number;
  high: number;
}

/**
 * The precision of candidates in bins of as many pairs each, the most similar first.
 *
 * @param isRight of a pair, by its place in the list; undefined where nobody knows
 */
export function precisionBySimilarity(
  { similarity }: Candidates,
  isRight: (pair: number) => boolean | undefined,
  { bins = 10 } = {},
): Bin[] {
  const n = similarity.length, count = Math.min(bins, n);
  return Array.from({ length: count }, (_, bin) => {
    const [from, end] = [bin, bin + 1].map((b) => Math.round(b * n / count));
    let judged = 0, right = 0;
    for (let pair = from; pair < end; pair++) {
      const answer = isRight(pair);
      if (answer === undefined) continue;
      judged++;
      if (answer) right++;
    }
    const range = { from: similarity[end - 1], to: similarity[from], pairs: end - from };
    return { ...range, ...shareOf(right, judged) };
  });
}

/** A share of what was judged, with its interval; from 0 to 1 where nothing was. */
export function shareOf(right: number, judged: number) {
  if (judged === 0) return { judged, right, precision: null, low: 0, high: 1 };
  const precision = right / judged;
  return { judged, right, precision, ...wilsonInterval(precision, judged) };
}
