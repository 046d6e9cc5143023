/**
 * Seeded random numbers. There is no global generator: whoever draws is given a {@link Prng}.
 *
 * `fork(label)` derives an independent stream from the seed and the label alone, never from how many
 * numbers were drawn before. Two arms of a study that fork the same labels therefore see the same
 * initial weights, the same order of anchors and the same view parameters, whatever else they draw.
 */
import { createHash } from "node:crypto";
import { xoroshiro128plusFromState } from "pure-rand/generator/xoroshiro128plus";
import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { uniformInt } from "pure-rand/distribution/uniformInt";

/** A stream of random numbers. */
export interface Prng {
  /** Uniform in [0, 1). */
  next(): number;
  /** Uniform in [low, high). */
  uniform(low: number, high: number): number;
  /** Uniform over the integers 0 … n - 1. */
  int(n: number): number;
  /** Standard normal (Box-Muller). */
  normal(): number;
  /** A new array with the items in random order (Fisher-Yates). */
  shuffle<T>(items: Iterable<T>): T[];
  /** An independent stream named by the label. */
  fork(label: string | number): Prng;
}

/** The generator behind every {@link Prng}; with the seed it decides every number of a run. */
export const generator = "xoroshiro128+";

/**
 * A generator (xoroshiro128+) whose state is the SHA-256 of the seed.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * const a = prng(1), b = prng(1);
 * b.next(); // forks do not depend on what was drawn before
 * deepStrictEqual(a.fork("views").shuffle([1, 2, 3]), b.fork("views").shuffle([1, 2, 3]));
 * ```
 */
export function prng(seed: string | number): Prng {
  const digest = createHash("sha256").update(String(seed)).digest();
  const state = [0, 4, 8, 12].map((offset) => digest.readInt32LE(offset));
  const generator = xoroshiro128plusFromState(state);
  const next = () => uniformFloat64(generator);
  const int = (n: number) => uniformInt(generator, 0, n - 1);
  return {
    next,
    int,
    uniform: (low, high) => low + (high - low) * next(),
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    shuffle: (items) => {
      const shuffled = [...items];
      for (let i = shuffled.length - 1; i > 0; i--) {
        const j = int(i + 1);
        [shuffled[i], shuffled[j]] = [shuffled[j], shuffled[i]];
      }
      return shuffled;
    },
    fork: (label) => prng(`${seed}/${label}`),
  };
}
