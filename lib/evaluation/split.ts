/** Splits of labelled images. */
import type { Prng } from "../base/prng.ts";

/**
 * Splits indices at random so that each class has the given fraction in the smaller part, rounded
 * down, but one image at least where the class has two.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { prng } from "../base/prng.ts";
 * const { larger, smaller } = stratifiedSplit([0, 0, 0, 0, 0, 1, 1], 0.2, prng(1));
 * strictEqual(larger.length, 5);
 * strictEqual(smaller.length, 2); // one of each class
 * ```
 */
export function stratifiedSplit(
  labels: ArrayLike<number>,
  fraction: number,
  prng: Prng,
): { larger: number[]; smaller: number[] } {
  const byClass = Map.groupBy(Array.from(labels, (_, i) => i), (i) => labels[i]);
  const larger: number[] = [], smaller: number[] = [];
  for (const [label, members] of [...byClass].sort(([a], [b]) => a - b)) {
    const shuffled = prng.fork(label).shuffle(members);
    const count = members.length < 2 ? 0 : Math.max(1, Math.floor(fraction * members.length));
    shuffled.forEach((i, at) => (at < count ? smaller : larger).push(i));
  }
  return { larger, smaller };
}
