/** A share of the pairs, spread over the classes in proportion. */
import type { Prng } from "../base/prng.ts";

/** Places of an epoch by label. */
export type Groups = ReadonlyMap<number, readonly number[]>;

/** How the places of a group are taken: the first `count` of an order. */
export interface Portion {
  label: number;
  order: number[];
  count: number;
}

/**
 * Spreads `total` places over the groups. A larger total, all else equal, takes the same and more.
 *
 * @param atOnce how many a group must give if it gives any; up to so many less are then taken
 * @param keyOf what the beginning of a group's order is to be a mixture of, see {@link mixed}
 */
export function spread(
  groups: Groups,
  total: number,
  { atOnce, keyOf, random }: {
    atOnce: number;
    keyOf: (place: number) => string | number;
    random: Prng;
  },
): Portion[] {
  const sizes = new Map(groups.entries().map(([label, places]) => [label, places.length]));
  const counts = shareOut(sizes, total, { atOnce, random: random.fork("counts") });
  return groups.entries().map(([label, places]) => ({
    label,
    order: mixed(places, keyOf, random.fork(`class ${label}`)),
    count: counts.get(label)!,
  })).toArray();
}

/**
 * How many of each group make up a total, in proportion to the groups' sizes; which are rounded up
 * is drawn at random. Groups of one size get numbers that differ by one at most (or by `atOnce`).
 * A larger total never takes fewer of a group.
 *
 * Place j of a group of n has its turn at the time (j + u) / n, with one random u in [0, 1) for
 * each group; those up to a common time are taken. It is a divisor method, as seats are shared out
 * by.
 *
 * @see Balinski and Young 1982, "Fair Representation"
 */
export function shareOut(
  sizes: ReadonlyMap<number, number>,
  total: number,
  { atOnce, random }: { atOnce: number; random: Prng },
): Map<number, number> {
  const offsets = new Map(sizes.keys().map((group) => [group, random.fork(group).next()]));
  const taken = (group: number, size: number, time: number) => {
    const u = offsets.get(group)!, turn = time * size;
    if (turn <= atOnce * u) return 0;
    return Math.min(size, Math.max(atOnce, Math.floor(turn - u) + 1));
  };
  const sum = (time: number) =>
    sizes.entries().reduce((all, [group, size]) => all + taken(group, size, time), 0);
  let early = 0, late = 2, middle = 1; // when two divided by a size is over, all is taken
  while (middle > early && middle < late) {
    if (sum(middle) <= total) early = middle;
    else late = middle;
    middle = (early + late) / 2;
  }
  return new Map(sizes.entries().map(([group, size]) => [group, taken(group, size, early)]));
}

/**
 * The places of a group in an order whose every beginning is as mixed as can be: keys come equally
 * often, give or take one, as long as each lasts; else at random.
 */
export function mixed(
  places: readonly number[],
  keyOf: (place: number) => string | number,
  random: Prng,
): number[] {
  const times = new Map<string | number, number>();
  const turns = random.shuffle(places).map((place) => {
    const key = keyOf(place), turn = times.get(key) ?? 0;
    times.set(key, turn + 1);
    return { place, turn };
  });
  return turns.sort((a, b) => a.turn - b.turn).map(({ place }) => place);
}
