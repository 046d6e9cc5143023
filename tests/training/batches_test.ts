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
import { batches, batchesPerEpoch, oneAhead } from "../../lib/training/batches.ts";

/** Ten pairs (i, 100 + i) in epochs of five. */
const pairs: PairList = {
  kind: "semantic",
  origin: "same class",
  anchors: Int32Array.from({ length: 10 }, (_, i) => i),
  partners: Int32Array.from({ length: 10 }, (_, i) => 100 + i),
  perEpoch: 5,
  dataset: "toy",
};

const all = (seed: number, list = pairs) => [
  ...batches(list, { batchSize: 2, epochs: 4, prng: prng(seed) }),
];

Deno.test("an epoch visits its own pairs, each once at most, partners beside anchors", () => {
  for (const epoch of [0, 1, 2, 3]) {
    const mine = all(1).filter((batch) => batch.epoch === epoch);
    deepStrictEqual(mine.map((batch) => batch.index), [0, 1]);
    const anchors = mine.flatMap((batch) => [...batch.anchors]);
    deepStrictEqual(mine.flatMap((batch) => [...batch.partners]), anchors.map((i) => 100 + i));
    strictEqual(new Set(anchors).size, 4);
    const first = 5 * (epoch % 2);
    strictEqual(anchors.every((i) => first <= i && i < first + 5), true);
  }
});

Deno.test("the order comes from the seed, whatever the partners are", () => {
  const anchors = (seed: number, list?: PairList) => all(seed, list).map((batch) => batch.anchors);
  deepStrictEqual(anchors(1), anchors(1, { ...pairs, partners: pairs.anchors }));
  notDeepStrictEqual(anchors(1), anchors(2));
});

Deno.test("a batch larger than the epoch is a Problem", () => {
  throws(
    () => batchesPerEpoch(pairs, { batchSize: 6 }),
    (error: Error) => error instanceof Problem && /5 pairs.*batch of 6/.test(error.message),
  );
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
