/** Which pairs each step of a training run sees, and how they are made ready in time. */
import { Problem } from "../base/problem.ts";
import type { Prng } from "../base/prng.ts";
import { dispose, type Tree } from "../engine/mod.ts";
import type { PairList } from "../pairs/pair_list.ts";
import { distinctBatches, mostDistinctBatches } from "./distinct_batches.ts";

/** The pairs of one step. */
export interface Batch {
  epoch: number;
  /** Within the epoch, from 0. */
  index: number;
  anchors: Int32Array;
  partners: Int32Array;
}

/** "random", as the methods' papers have it; "distinct classes": at most one pair of each class. */
export type Composition = "random" | "distinct classes";

/** How an epoch becomes batches. */
export type BatchOptions = {
  batchSize: number;
  /** Default "random". */
  composition?: Composition;
  epochs: number;
  /** The class of an image, by which anchors are told apart. */
  label: (image: number) => number;
};

/**
 * Full batches in an epoch, the same number in each; a rest that does not fill one is left out,
 * another one each epoch. Of distinct classes, there are as many as the poorest epoch can fill.
 *
 * @throws {Problem} where there is none
 */
export function batchesPerEpoch(pairs: PairList, options: BatchOptions): number {
  const { batchSize, composition = "random" } = options;
  if (composition === "distinct classes") return distinctBatchesPerEpoch(pairs, options);
  const count = Math.floor(pairs.perEpoch / batchSize);
  if (count > 0) return count;
  throw new Problem(
    `an epoch of ${pairs.perEpoch} pairs has no batch of ${batchSize}: ` +
      "lower batchSize or add pairs",
  );
}

/**
 * The batches of a run, in order. Epoch e visits its pairs in an order that depends on the generator
 * and e alone (and on the classes, where they must be distinct): two lists of equally many pairs are
 * visited alike.
 *
 * @param first the step to begin with: the batches before it are skipped
 * @param until the epoch to end before; by default all of them are visited
 */
export function* batches(
  pairs: PairList,
  { prng, first = 0, until = Infinity, ...options }: BatchOptions & {
    prng: Prng;
    first?: number;
    until?: number;
  },
): Generator<Batch> {
  const { batchSize, epochs, composition, label } = options;
  const count = batchesPerEpoch(pairs, options);
  for (let epoch = Math.floor(first / count); epoch < Math.min(epochs, until); epoch++) {
    const order = prng.fork(`order/${epoch}`).shuffle(pairsOf(pairs, epoch));
    const chosen = composition === "distinct classes"
      ? distinctBatches(order, {
        ...{ batchSize, count },
        classOf: (pair) => label(pairs.anchors[pair]),
        prng: prng.fork(`classes/${epoch}`),
      })
      : Array.from({ length: count }, (_, i) => order.slice(i * batchSize, (i + 1) * batchSize));
    for (let index = Math.max(0, first - epoch * count); index < count; index++) {
      yield {
        epoch,
        index,
        anchors: Int32Array.from(chosen[index], (pair) => pairs.anchors[pair]),
        partners: Int32Array.from(chosen[index], (pair) => pairs.partners[pair]),
      };
    }
  }
}

function distinctBatchesPerEpoch(
  pairs: PairList,
  { batchSize, epochs, label }: BatchOptions,
): number {
  let fewest = Infinity, epoch = 0;
  do {
    const sizes = classSizes(pairs, epoch++, label);
    fewest = Math.min(fewest, mostDistinctBatches(sizes, batchSize));
    if (fewest === 0) {
      throw new Problem(
        `${sizes.length} classes in an epoch give no batch of ${batchSize} pairs of distinct ` +
          `classes: lower batchSize to ${sizes.length} or less`,
      );
    }
  } while (epoch < epochs && epoch * pairs.perEpoch % pairs.anchors.length > 0); // a list starts over
  return fewest;
}

/** How many pairs each class has in an epoch. */
function classSizes(pairs: PairList, epoch: number, label: (image: number) => number): number[] {
  const sizes = new Map<number, number>();
  for (const pair of pairsOf(pairs, epoch)) {
    const kind = label(pairs.anchors[pair]);
    sizes.set(kind, (sizes.get(kind) ?? 0) + 1);
  }
  return [...sizes.values()];
}

/** Where in the list an epoch's pairs are. */
function pairsOf({ anchors, perEpoch }: PairList, epoch: number): number[] {
  return Array.from({ length: perEpoch }, (_, i) => (epoch * perEpoch + i) % anchors.length);
}

/** A batch in so many parts of equal size. */
export function splitBatch({ anchors, partners, ...rest }: Batch, parts: number): Batch[] {
  const size = anchors.length / parts;
  return Array.from({ length: parts }, (_, i) => ({
    ...rest,
    anchors: anchors.slice(i * size, (i + 1) * size),
    partners: partners.slice(i * size, (i + 1) * size),
  }));
}

/**
 * Loads one item ahead: while the caller works on one, the next is being made. The caller disposes
 * of what it gets; what it does not take, because it stops early, is freed here.
 */
export async function* oneAhead<I, O extends Tree>(
  items: Iterable<I>,
  load: (item: I) => Promise<O>,
): AsyncGenerator<O> {
  const started: Promise<O>[] = [];
  try {
    for (const item of items) {
      const loading = load(item);
      loading.catch(() => {}); // a failure is reported when its turn comes
      started.push(loading);
      if (started.length === 2) yield await started.shift()!;
    }
    while (started.length > 0) yield await started.shift()!;
  } finally {
    for (const loading of started) await loading.then((batch) => dispose(batch), () => {});
  }
}
