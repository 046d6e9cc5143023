import {
  deepStrictEqual,
  notDeepStrictEqual,
  rejects,
  strictEqual,
  throws,
} from "node:assert/strict";
import { Problem } from "../../lib/base/problem.ts";
import { prng } from "../../lib/base/prng.ts";
import { liveTensors, tf } from "../../lib/engine/mod.ts";
import type { PairList } from "../../lib/pairs/pair_list.ts";
import {
  type Batch,
  batches,
  batchesPerEpoch,
  type Composition,
  oneAhead,
  splitBatch,
} from "../../lib/training/batches.ts";

/** Ten pairs (i, 100 + i) in epochs of five. */
const pairs: PairList = {
  kind: "semantic",
  origin: "same class",
  anchors: Int32Array.from({ length: 10 }, (_, i) => i),
  partners: Int32Array.from({ length: 10 }, (_, i) => 100 + i),
  perEpoch: 5,
  dataset: "toy",
};

/** Image i is of class i mod 4. */
const label = (image: number) => image % 4;

type Composed = { list?: PairList; epochs?: number; first?: number; composition?: Composition };

const all = (seed: number, { list = pairs, epochs = 4, ...options }: Composed = {}): Batch[] => [
  ...batches(list, { batchSize: 2, label, epochs, prng: prng(seed), ...options }),
];

const compositions: Composition[] = ["random", "distinct classes"];

Deno.test("an epoch visits its own pairs, each once at most, partners beside anchors", () => {
  for (const composition of compositions) {
    for (const epoch of [0, 1, 2, 3]) {
      const mine = all(1, { composition }).filter((batch) => batch.epoch === epoch);
      deepStrictEqual(mine.map((batch) => batch.index), [0, 1]);
      const anchors = mine.flatMap((batch) => [...batch.anchors]);
      deepStrictEqual(mine.flatMap((batch) => [...batch.partners]), anchors.map((i) => 100 + i));
      strictEqual(new Set(anchors).size, 4);
      const first = 5 * (epoch % 2);
      strictEqual(anchors.every((i) => first <= i && i < first + 5), true);
    }
  }
});

Deno.test("an epoch goes on at the start of the list where it meets its end", () => {
  const list = { ...pairs, perEpoch: 4 };
  for (const composition of compositions) {
    const visited = all(1, { list, composition, epochs: 6 });
    const epoch = (e: number) =>
      visited.filter((batch) => batch.epoch === e).flatMap((batch) => [...batch.anchors]).sort();
    deepStrictEqual(epoch(1), [4, 5, 6, 7]);
    deepStrictEqual(epoch(2), [0, 1, 8, 9]);
    deepStrictEqual(epoch(5), [0, 1, 2, 3]);
  }
});

Deno.test("the order comes from the seed and the epoch, whatever the partners are", () => {
  for (const composition of compositions) {
    const anchors = (seed: number, options?: Composed) =>
      all(seed, { composition, ...options }).map((batch) => batch.anchors);
    deepStrictEqual(anchors(1), anchors(1, { list: { ...pairs, partners: pairs.anchors } }));
    deepStrictEqual(anchors(1), anchors(1, { epochs: 9 }).slice(0, 8));
    notDeepStrictEqual(anchors(1), anchors(2));
    notDeepStrictEqual(anchors(1).slice(0, 2), anchors(1).slice(4, 6)); // epochs 0 and 2
  }
});

Deno.test("a run that begins at a later step sees what is left of the whole run", () => {
  for (const composition of compositions) {
    const whole = all(1, { composition });
    strictEqual(whole.length, 8);
    for (let first = 0; first <= 9; first++) {
      deepStrictEqual(all(1, { composition, first }), whole.slice(first));
    }
  }
});

Deno.test("distinct classes: at most one pair of each in a batch; at random, more", () => {
  const distinct = (composition: Composition) =>
    all(1, { composition, epochs: 50 }).every(({ anchors }) =>
      new Set(Array.from(anchors, label)).size === anchors.length
    );
  strictEqual(distinct("distinct classes"), true);
  strictEqual(distinct("random"), false);
});

Deno.test("distinct classes: the poorest epoch says how many batches each has", () => {
  // Classes of the epochs of five: 0 0 0 0 1 and 0 0 1 1 2.
  const uneven = (image: number) => [0, 0, 0, 0, 1, 0, 0, 1, 1, 2][image];
  const options = {
    batchSize: 2,
    composition: "distinct classes" as const,
    label: uneven,
    epochs: 3,
  };
  strictEqual(batchesPerEpoch(pairs, options), 1);
  strictEqual(batchesPerEpoch({ ...pairs, perEpoch: 10 }, options), 4);
  strictEqual([...batches(pairs, { ...options, prng: prng(1) })].length, 3);
  // Epochs of four go round the list: the third, 8 9 0 1, has 1 2 0 0; the first, 0 0 0 0, has none.
  throws(() => batchesPerEpoch({ ...pairs, perEpoch: 4 }, options), /1 classes/);
  const rotated = (image: number) => uneven((image + 8) % 10);
  const four = { ...pairs, perEpoch: 4 };
  throws(() => batchesPerEpoch(four, { ...options, label: rotated, epochs: 4 }), Problem);
  // A run that ends before the poorest epoch is none the poorer.
  strictEqual(batchesPerEpoch(four, { ...options, label: rotated, epochs: 1 }), 2);
});

Deno.test("what does not fill a batch is a Problem that says what does", () => {
  throws(
    () => batchesPerEpoch(pairs, { batchSize: 6, label, epochs: 1 }),
    (error: Error) => error instanceof Problem && /5 pairs.*batch of 6/.test(error.message),
  );
  throws(
    () =>
      batchesPerEpoch(pairs, { batchSize: 5, label, epochs: 1, composition: "distinct classes" }),
    (error: Error) =>
      error instanceof Problem &&
      /4 classes.*batch of 5.*lower batchSize to 4 or less/.test(error.message),
  );
});

Deno.test("a batch is split into parts that follow each other", () => {
  const batch: Batch = {
    ...{ epoch: 1, index: 2 },
    anchors: Int32Array.of(1, 2, 3, 4),
    partners: Int32Array.of(5, 6, 7, 8),
  };
  deepStrictEqual(splitBatch(batch, 1), [batch]);
  deepStrictEqual(splitBatch(batch, 2), [
    { ...batch, anchors: Int32Array.of(1, 2), partners: Int32Array.of(5, 6) },
    { ...batch, anchors: Int32Array.of(3, 4), partners: Int32Array.of(7, 8) },
  ]);
});

Deno.test("oneAhead loads the next item before the one in hand is given back", async () => {
  const started: number[] = [];
  const load = (i: number) => {
    started.push(i);
    return Promise.resolve(tf.scalar(i));
  };
  const seen: number[] = [];
  for await (const item of oneAhead([0, 1, 2], load)) {
    seen.push((await item.data())[0]);
    deepStrictEqual(started, [0, 1, 2].slice(0, seen.length + 1));
    item.dispose();
  }
  deepStrictEqual(seen, [0, 1, 2]);
});

Deno.test("oneAhead frees what a caller that stops early has not taken", async () => {
  const before = liveTensors();
  for await (const item of oneAhead([0, 1, 2], (i) => Promise.resolve(tf.scalar(i)))) {
    item.dispose();
    break;
  }
  deepStrictEqual(liveTensors(), before);
});

Deno.test("oneAhead reports a failure when its turn comes, after the good items", async () => {
  const load = (i: number) => i < 1 ? Promise.resolve(tf.scalar(i)) : Promise.reject(Error("torn"));
  let taken = 0;
  await rejects(async () => {
    for await (const item of oneAhead([0, 1, 2], load)) {
      await new Promise((resolve) => setTimeout(resolve, 5)); // the failure has already happened
      item.dispose();
      taken++;
    }
  }, /torn/);
  strictEqual(taken, 1);
});
