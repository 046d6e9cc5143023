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

/**
 * Full batches in an epoch; a rest that does not fill one is left out, another one each epoch.
 *
 * @throws {Problem} where there is none
 */
export function batchesPerEpoch({ perEpoch }: PairList, batchSize: number): number {
  const count = Math.floor(perEpoch / batchSize);
  if (count > 0) return count;
  throw new Problem(
    `an epoch of ${perEpoch} pairs has no batch of ${batchSize}: lower batchSize or add pairs`,
  );
}

/**
 * The batches of a run, in order. Epoch e visits its pairs in an order that depends on the generator
 * and e alone: two lists of equally many pairs are visited alike.
 */
export function* batches(
  pairs: PairList,
  { batchSize, epochs, prng }: { batchSize: number; epochs: number; prng: Prng },
): Generator<Batch> {
  const { anchors, partners, perEpoch } = pairs;
  const count = batchesPerEpoch(pairs, batchSize);
  for (let epoch = 0; epoch < epochs; epoch++) {
    const first = epoch * perEpoch;
    const order = prng.fork(`order/${epoch}`)
      .shuffle(Array.from({ length: perEpoch }, (_, i) => (first + i) % anchors.length));
    for (let index = 0; index < count; index++) {
      const chosen = order.slice(index * batchSize, (index + 1) * batchSize);
      yield {
        epoch,
        index,
        anchors: Int32Array.from(chosen, (i) => anchors[i]),
        partners: Int32Array.from(chosen, (i) => partners[i]),
      };
    }
  }
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
