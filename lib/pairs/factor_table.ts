/** What a pair of one kind can vary and another cannot: the factors that partners share. */
import { wilsonInterval } from "../base/wilson.ts";
import type { Dataset } from "../datasets/dataset.ts";
import { fifths, variesSteadily } from "../datasets/fifths.ts";
import type { PairList } from "./pair_list.ts";
import { epochOf, type MatchReport } from "./report.ts";

/** How often the partners of an arm share a factor. */
export interface FactorRow {
  factor: string;
  arm: string;
  /** Pairs of an epoch. */
  pairs: number;
  /** The share of pairs whose partners have the same value, 0 … 1. */
  shared: number;
  /** Its 95 % interval, as if the pairs were drawn independently. */
  low: number;
  high: number;
  /** The same for two different images of the anchor's class, drawn at random, 0 … 1. */
  chance: number;
}

/**
 * For each factor that the data set knows, how often partners share it in the first epoch of each
 * arm, and how often chance alone would have it so; no rows where it knows none.
 *
 * @param arms lists by name; `match` and its like give just that
 * @example
 * ```ts ignore
 * await show(factorTable(scenes, match(scenes, { pairsPerClass: 60, seed: 1 })));
 * ```
 */
export function factorTable(
  dataset: Dataset,
  arms: Readonly<Record<string, PairList | MatchReport>>,
): FactorRow[] {
  const lists = Object.entries(arms).flatMap(([arm, list]) =>
    "anchors" in list ? [{ arm, ...epochOf(list, 0) }] : []
  );
  const images = [...new Set(lists.flatMap(({ anchors, partners }) => [...anchors, ...partners]))];
  return Object.keys(dataset.factors?.(images[0]) ?? {}).flatMap((factor) => {
    const { name, valueOf } = levels(dataset, factor, images);
    return lists.map(({ arm, anchors, partners }) => {
      const pairs = anchors.length;
      const same = anchors.filter((i, k) => valueOf(i) === valueOf(partners[k])).length;
      const chance = chanceOf(dataset, anchors, valueOf);
      return { factor: name, arm, pairs, shared: same / pairs, ...interval(same, pairs), chance };
    });
  });
}

type Level = string | number;

/** The factor's values; those of a number that varies steadily in fifths. */
function levels(
  dataset: Dataset,
  factor: string,
  images: readonly number[],
): { name: string; valueOf: (image: number) => Level } {
  const value = (i: number) => dataset.factors!(i)[factor];
  const all = images.map(value);
  if (!variesSteadily(all)) return { name: factor, valueOf: value };
  const { fifthOf } = fifths(all);
  return { name: `${factor}, in fifths`, valueOf: (i) => fifthOf(value(i)) };
}

/**
 * How often an anchor shares a value with another of these images that is of its class, drawn at
 * random; NaN where no class has two.
 */
function chanceOf(
  dataset: Dataset,
  anchors: Int32Array,
  valueOf: (image: number) => Level,
): number {
  const inClass = Map.groupBy(new Set(anchors), (i) => dataset.label(i));
  const chances = new Map(
    inClass.entries().map(([label, images]) => {
      const alike = Map.groupBy(images, valueOf).values()
        .reduce((sum, { length }) => sum + length * (length - 1), 0);
      return [label, alike / (images.length * (images.length - 1))];
    }),
  );
  const known = Array.from(anchors, (i) => chances.get(dataset.label(i))!)
    .filter((chance) => !Number.isNaN(chance));
  return known.reduce((sum, chance) => sum + chance, 0) / known.length;
}

/** The 95 % interval of a share, within 0 … 1 to the last bit. */
function interval(hits: number, n: number): { low: number; high: number } {
  const { low, high } = wilsonInterval(hits / n, n);
  return { low: Math.max(0, low), high: Math.min(1, high) };
}
