/** Batches in which no class comes twice. */
import type { Prng } from "../base/prng.ts";

/**
 * The most batches that classes of these sizes can fill, no batch with two of a class: the largest k
 * for which
 *   sum_c min(n_c, k) >= k batchSize
 * since a class gives k batches k members at most. That k of them can be filled is what
 * {@link distinctBatches} shows.
 *
 * @param sizes the number of members n_c of each class
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * strictEqual(mostDistinctBatches([3, 3, 3, 3], 2), 6);
 * strictEqual(mostDistinctBatches([100, 3, 1], 2), 4); // the other classes are too small for more
 * strictEqual(mostDistinctBatches([100], 2), 0);
 * ```
 */
export function mostDistinctBatches(sizes: readonly number[], batchSize: number): number {
  let bound = Infinity;
  while (true) {
    const usable = sizes.reduce((sum, size) => sum + Math.min(size, bound), 0);
    const filled = Math.floor(usable / batchSize);
    if (filled >= bound) return bound;
    bound = filled; // no more than that, and with so few the large classes give less
  }
}

/**
 * So many full batches, each of members of distinct classes, otherwise at random: what is left out
 * is the end of the order, and at every batch each class is drawn with the same share of what is left
 * of it, so that large and small classes last until the end.
 *
 * Drawing is systematic sampling: the classes in random order, each as long as it has members left,
 * form a line, and equally spaced points on it, as far apart as there are batches to come, hit the
 * classes of the next batch. No class is longer than that (else it could not be used up), so none is
 * hit twice, and one that is just as long is always hit: the rest is never stuck.
 *
 * @param order the members in random order
 * @param count the number of batches, at most {@link mostDistinctBatches}
 * @see Madow 1949, "On the theory of systematic sampling, II"
 */
export function distinctBatches(
  order: readonly number[],
  { batchSize, count, classOf, prng }: {
    batchSize: number;
    count: number;
    classOf: (member: number) => number;
    prng: Prng;
  },
): number[][] {
  const usable = atMostOfEach(order, classOf, count).slice(0, count * batchSize);
  const classes = [...Map.groupBy(usable, classOf).values()];
  return Array.from({ length: count }, (_, index) => {
    const spacing = count - index; // batches to come, this one included
    return hit(prng.shuffle(classes), spacing, prng.int(spacing)).map((left) => left.pop()!);
  });
}

function atMostOfEach(order: readonly number[], classOf: (member: number) => number, most: number) {
  const seen = new Map<number, number>();
  return order.filter((member) => {
    const kind = classOf(member), before = seen.get(kind) ?? 0;
    seen.set(kind, before + 1);
    return before < most;
  });
}

/** The classes on which the multiples of the spacing fall, where the line begins at `start`. */
function hit(classes: number[][], spacing: number, start: number): number[][] {
  let end = start;
  return classes.filter((members) => {
    const begin = end;
    end += members.length;
    return Math.floor(end / spacing) > Math.floor(begin / spacing);
  });
}
