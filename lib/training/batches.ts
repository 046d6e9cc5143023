/** Which pairs each step of a training run sees, and how they are made ready in time. */
import { Problem } from "../base/problem.ts";
import type { Prng } from "../base/prng.ts";
import { dispose, type Tree } from "../engine/mod.ts";
import type { PairList } from "../pairs/pair_list.ts";

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
  composition?: Composition;
  /** The class of an image; for distinct classes. */
  label?: (image: number) => number;
};

/**
 * Full batches in an epoch; a rest that does not fill one is left out, another one each epoch.
 *
 * @throws {Problem} where there is none
 */
export function batchesPerEpoch(pairs: PairList, options: BatchOptions): number {
  const { batchSize, composition = "random" } = options;
  const { perEpoch, anchors } = pairs;
  if (composition === "random") {
    const count = Math.floor(perEpoch / batchSize);
    if (count > 0) return count;
    throw new Problem(
      `an epoch of ${perEpoch} pairs has no batch of ${batchSize}: lower batchSize or add pairs`,
    );
  }
  const starts = Array.from({ length: anchors.length / perEpoch }, (_, e) => e * perEpoch);
  const counts = starts.map((start) => {
    const epoch = Array.from({ length: perEpoch }, (_, i) => start + i);
    return distinctBatches(epoch, pairs, options).length;
  });
  const count = Math.min(...counts);
  if (count > 0) return count;
  const classes = new Set(Array.from(anchors, (i) => options.label!(i))).size;
  throw new Problem(
    `${classes} classes give no batch of ${batchSize} pairs of distinct classes: ` +
      `lower batchSize to ${classes} or less`,
  );
}

/**
 * The batches of a run, in order. Epoch e visits its pairs in an order that depends on the generator
 * and e alone: two lists of equally many pairs are visited alike.
 *
 * @param first the step to begin with: the batches before it are skipped
 */
export function* batches(
  pairs: PairList,
  { epochs, prng, first = 0, ...options }: BatchOptions & {
    epochs: number;
    prng: Prng;
    first?: number;
  },
): Generator<Batch> {
  const { anchors, partners, perEpoch } = pairs;
  const { batchSize, composition } = options;
  const count = batchesPerEpoch(pairs, options);
  for (let epoch = Math.floor(first / count); epoch < epochs; epoch++) {
    const start = epoch * perEpoch;
    const order = prng.fork(`order/${epoch}`)
      .shuffle(Array.from({ length: perEpoch }, (_, i) => (start + i) % anchors.length));
    const chosen = composition === "distinct classes"
      ? distinctBatches(order, pairs, options)
      : Array.from({ length: count }, (_, i) => order.slice(i * batchSize, (i + 1) * batchSize));
    for (let index = Math.max(0, first - epoch * count); index < count; index++) {
      yield {
        epoch,
        index,
        anchors: Int32Array.from(chosen[index], (i) => anchors[i]),
        partners: Int32Array.from(chosen[index], (i) => partners[i]),
      };
    }
  }
}

/**
 * Batches with at most one pair of each class, as many as there can be: each takes its pairs from
 * the classes of which most are left, and of equals from those that come first in the order.
 */
function distinctBatches(
  order: number[],
  { anchors }: PairList,
  { batchSize, label }: BatchOptions,
): number[][] {
  if (!label) throw new Error("batches of distinct classes need the images' labels");
  const classes = [...Map.groupBy(order, (i) => label(anchors[i])).values()];
  const chosen: number[][] = [];
  while (true) {
    const fullest = classes.filter((left) => left.length > 0)
      .sort((a, b) => b.length - a.length).slice(0, batchSize);
    if (fullest.length < batchSize) return chosen;
    chosen.push(fullest.map((left) => left.pop()!));
  }
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
