/** The statistics of paired comparisons: few seeds, so t intervals, and nothing that needs many. */
import tCdf from "@stdlib/stats-base-dists-t-cdf";
import tQuantile from "@stdlib/stats-base-dists-t-quantile";

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
}

/**
 * How much b exceeds a, pair by pair. Without a spread to judge by there is an unbounded interval and
 * p = 1: nothing is shown by one pair, nor by differences that are all equal, as happens where a test
 * of few images is too coarse to tell the seeds apart.
 *
 * @param a one value a seed
 * @param b the other arm's values, in the same order of seeds
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
export function pairedDifference(a: readonly number[], b: readonly number[]): PairedDifference {
  if (a.length !== b.length || a.length === 0) {
    throw new RangeError(`pairedDifference: ${a.length} and ${b.length} values are no pairs`);
  }
  const n = a.length;
  const differences = b.map((value, i) => value - a[i]);
  const mean = average(differences);
  const sd = Math.sqrt(differences.reduce((sum, d) => sum + (d - mean) ** 2, 0) / (n - 1));
  const rounding = 1e-12 * Math.max(...a.map(Math.abs), ...b.map(Math.abs));
  if (n === 1 || sd <= rounding) return { mean, low: -Infinity, high: Infinity, n, p: 1, dz: NaN };
  const error = sd / Math.sqrt(n);
  const half = tQuantile(0.975, n - 1) * error;
  const p = 2 * tCdf(-Math.abs(mean / error), n - 1);
  return { mean, low: mean - half, high: mean + half, n, p, dz: mean / sd };
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
