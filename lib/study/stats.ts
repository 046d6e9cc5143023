/**
 * The statistics of paired comparisons. Seeds are few, so verdicts hang on t intervals; a bootstrap
 * over seeds and test images stands beside them.
 */
import tCdf from "@stdlib/stats-base-dists-t-cdf";
import tQuantile from "@stdlib/stats-base-dists-t-quantile";
import type { Prng } from "../base/prng.ts";

/** A mean paired difference with its 95 % interval, in the unit of the data. */
export interface PairedDifference {
  mean: number;
  low: number;
  high: number;
  n: number;
  /** Two-sided p of Student's paired t test. */
  p: number;
  /** Cohen's d_z: the mean in standard deviations of the differences. */
  dz: number;
  /** Standard deviation of the differences; NaN where there is no spread to judge by. */
  sd: number;
  /** See {@link Redrawn}; 0 where seeds share their images. */
  testToTrain: number;
}

/**
 * Where every seed splits one pool of images anew: how many test images there are for each image that
 * is trained on. Such splits overlap and their differences go together, so that the variance of the
 * mean over n seeds is taken for (1 / n + testToTrain) times theirs, and more seeds help less.
 * @see Nadeau & Bengio 2003, "Inference for the generalization error" (the corrected resampled t test)
 */
export interface Redrawn {
  testToTrain?: number;
}

/**
 * How much b exceeds a, pair by pair. Without a spread to judge by there is an unbounded interval and
 * p = 1: nothing is shown by one pair, nor by differences that are all equal, as happens where a test
 * of few images is too coarse to tell the seeds apart.
 *
 * @param a one value a seed
 * @param b the other arm's values, in the same order of seeds
 * @param redrawn 0, Student's own test, unless seeds split one pool of images anew
 * @throws {RangeError} where the lengths differ or are 0
 * @see Student 1908; Cohen 1988, "Statistical Power Analysis", eq. 2.3.5 (d_z)
 *
 * @example
 * ```ts
 * import { ok } from "node:assert/strict";
 * const { mean, low, high } = pairedDifference([26, 25, 27], [30, 30, 31]);
 * ok(low < mean && mean < high);
 * ```
 */
export function pairedDifference(
  a: readonly number[],
  b: readonly number[],
  { testToTrain = 0 }: Redrawn = {},
): PairedDifference {
  if (a.length !== b.length || a.length === 0) {
    throw new RangeError(`pairedDifference: ${a.length} and ${b.length} values are no pairs`);
  }
  const n = a.length;
  const differences = b.map((value, i) => value - a[i]);
  const mean = average(differences);
  const sd = Math.sqrt(differences.reduce((sum, d) => sum + (d - mean) ** 2, 0) / (n - 1));
  const rounding = 1e-12 * Math.max(...a.map(Math.abs), ...b.map(Math.abs));
  if (n === 1 || sd <= rounding) {
    return { mean, low: -Infinity, high: Infinity, n, p: 1, dz: NaN, sd: NaN, testToTrain };
  }
  const error = sd / Math.sqrt(independent(n, testToTrain));
  const half = tQuantile(0.975, n - 1) * error;
  const p = 2 * tCdf(-Math.abs(mean / error), n - 1);
  return { mean, low: mean - half, high: mean + half, n, p, dz: mean / sd, sd, testToTrain };
}

/** How many independent seeds n of them are worth, see {@link Redrawn}. */
const independent = (n: number, testToTrain: number) => n / (1 + n * testToTrain);

/**
 * How many seeds a 95 % interval of a wanted half width needs, if their differences go on to spread
 * as they did.
 *
 * @param sd standard deviation of the differences, in the unit of the half width
 * @returns at least 2; Infinity where more than a million would be needed, or nothing is known
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * strictEqual(seedsNeeded({ sd: 1, halfWidth: 1 }), 7); // 2.45 / sqrt(7) = 0.92
 * ```
 */
export function seedsNeeded(
  { sd, halfWidth, testToTrain = 0 }: { sd: number; halfWidth: number } & Redrawn,
): number {
  const narrow = (n: number) =>
    tQuantile(0.975, n - 1) * sd / Math.sqrt(independent(n, testToTrain)) <= halfWidth;
  let few = 1, many = 2; // too few, enough: the width falls with n
  while (!narrow(many)) {
    [few, many] = [many, 2 * many];
    if (!(many <= 2 ** 20)) return Infinity;
  }
  while (many - few > 1) {
    const middle = Math.floor((few + many) / 2);
    if (narrow(middle)) many = middle;
    else few = middle;
  }
  return many;
}

/** An interval of a mean difference of accuracies, in percentage points. */
export interface Interval {
  low: number;
  high: number;
}

/**
 * The 95 % percentile interval of the mean gain in accuracy, over seeds and over test images: both are
 * drawn anew, with replacement. Where all seeds have the same test images, each draw takes the same
 * ones for all (Owen's pigeonhole bootstrap), else each seed draws of its own. With few seeds it is
 * too narrow: it knows of no seed but those; it tells how much the choice of test images adds.
 *
 * @param a for each seed, 1 or 0 for every test image: whether it was classified rightly
 * @param b the other arm's, in the same order of seeds and images
 * @throws {RangeError} where the two are not of the same seeds and images
 * @see Owen 2007, "The pigeonhole bootstrap" (arXiv 0712.1111); Davison & Hinkley 1997, section 3.8
 */
export function bootstrapGain(
  a: readonly Uint8Array[],
  b: readonly Uint8Array[],
  { sameImages, random, resamples = 1000 }: {
    sameImages: boolean;
    random: Prng;
    resamples?: number;
  },
): Interval {
  const differences = a.map((right, seed) => {
    if (a.length === b.length && right.length > 0 && right.length === b[seed].length) {
      return Int8Array.from(right, (hit, i) => b[seed][i] - hit);
    }
    throw new RangeError("bootstrapGain: the arms are not of the same seeds and images");
  });
  if (sameImages && new Set(differences.map(({ length }) => length)).size !== 1) {
    throw new RangeError("bootstrapGain: the seeds have not the same test images");
  }
  const means = Float64Array.from({ length: resamples }, () => {
    const seeds = differences.map(() => differences[random.int(differences.length)]);
    const shared = sameImages ? drawCounts(seeds[0].length, random) : undefined;
    const gains = seeds.map((of) => weightedMean(of, shared ?? drawCounts(of.length, random)));
    return 100 * average(gains);
  }).sort();
  const at = (share: number) => means[Math.round(share * (resamples - 1))];
  return { low: at(0.025), high: at(0.975) };
}

/** How often each of n things is drawn in n draws. */
function drawCounts(n: number, random: Prng): Uint16Array {
  const counts = new Uint16Array(n);
  for (let draw = 0; draw < n; draw++) counts[random.int(n)]++;
  return counts;
}

function weightedMean(values: Int8Array, counts: Uint16Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] * counts[i];
  return sum / values.length;
}

/** The arithmetic mean. */
export function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/**
 * Holm's step-down correction: p values that may each be compared with alpha while the chance of any
 * false rejection in the family stays below alpha.
 *
 * @returns the adjusted p values, in the order given
 * @see Holm 1979, "A simple sequentially rejective multiple test procedure"
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * deepStrictEqual(holm([0.25, 0.0625]), [0.25, 0.125]);
 * ```
 */
export function holm(p: readonly number[]): number[] {
  const order = [...p.keys()].sort((i, j) => p[i] - p[j]);
  const adjusted: number[] = Array(p.length);
  let floor = 0; // a larger p is never adjusted to less than a smaller one
  order.forEach((i, rank) => {
    floor = Math.max(floor, Math.min(1, (p.length - rank) * p[i]));
    adjusted[i] = floor;
  });
  return adjusted;
}

/** What a study says of a claim that a difference is positive. */
export type Verdict = "supported" | "not shown" | "contradicted";

/**
 * The rule, fixed before the runs: supported where the corrected 95 % interval of the difference lies
 * above zero, contradicted where it lies below, else not shown.
 *
 * @param pHolm the p value, corrected within the figure; below 0.05 the interval excludes zero
 */
export function verdict(mean: number, pHolm: number): Verdict {
  if (!(pHolm < 0.05)) return "not shown";
  return mean > 0 ? "supported" : "contradicted";
}
