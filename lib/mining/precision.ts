/** How many of the mined pairs are right: by labels where there are some, else by judgements. */
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

/** A share of what was judged, with its interval. */
export function shareOf(right: number, judged: number) {
  const precision = judged > 0 ? right / judged : null;
  return { judged, right, precision, ...wilson(right, judged) };
}

const z = 1.959963984540054; // the normal quantile of .975

/**
 * Wilson's 95 % interval of a share.
 *
 * @returns 0 to 1 where nothing was judged
 * @see Wilson 1927; Brown, Cai and DasGupta 2001, "Interval Estimation for a Binomial Proportion"
 */
export function wilson(right: number, judged: number): { low: number; high: number } {
  if (judged === 0) return { low: 0, high: 1 };
  const p = right / judged, w = z ** 2 / judged;
  const centre = (p + w / 2) / (1 + w);
  const half = Math.sqrt(p * (1 - p) * w + w ** 2 / 4) / (1 + w);
  return { low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
}
