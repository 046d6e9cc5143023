/** What every two arms have to have in common, counted without the library's own proof. */
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import type { PairList } from "../../lib/pairs/pair_list.ts";

/** In every epoch the same anchors, and every image as often partner as anchor, in both lists. */
export function sameExposure(augmented: PairList, other: PairList): void {
  strictEqual(augmented.perEpoch, other.perEpoch);
  deepStrictEqual(augmented.anchors, other.anchors);
  deepStrictEqual(augmented.partners, augmented.anchors);
  for (const { anchors, partners } of epochs(other)) {
    deepStrictEqual(partners.toSorted(), anchors.toSorted());
  }
}

/** The list, epoch by epoch. */
export function epochs({ anchors, partners, perEpoch }: PairList) {
  strictEqual(anchors.length % perEpoch, 0);
  return Array.from({ length: anchors.length / perEpoch }, (_, epoch) => {
    const [from, to] = [epoch * perEpoch, (epoch + 1) * perEpoch];
    return { anchors: anchors.subarray(from, to), partners: partners.subarray(from, to) };
  });
}

/** How often each value comes. */
export function tally<T>(values: Iterable<T>): Map<T, number> {
  return new Map(
    Map.groupBy(values, (value) => value).entries().map(([v, all]) => [v, all.length]),
  );
}
