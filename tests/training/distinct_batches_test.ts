import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { prng } from "../../lib/base/prng.ts";
import { distinctBatches, mostDistinctBatches } from "../../lib/training/distinct_batches.ts";

/** Batches by the rule "always from the largest classes", which fills as many as there can be. */
function greedyCount(sizes: number[], batchSize: number): number {
  const left = [...sizes];
  for (let count = 0;; count++) {
    const largest = [...left.keys()].sort((a, b) => left[b] - left[a]).slice(0, batchSize);
    if (largest.length < batchSize || largest.some((kind) => left[kind] === 0)) return count;
    for (const kind of largest) left[kind]--;
  }
}

/** Members 0 … n - 1 of classes of these sizes, one class after the other. */
const membersOf = (sizes: number[]) => sizes.flatMap((size, kind) => Array(size).fill(kind));

const balanced = [5, 5, 5, 5, 5, 5], unbalanced = [40, 1, 7, 3, 3, 12, 2, 1];
const random = prng("sizes");
const cases = [
  ...[balanced, unbalanced, [9], [4, 4], [1000, 1, 1, 1]],
  ...Array.from({ length: 40 }, () => Array.from({ length: 7 }, () => 1 + random.int(20))),
];

Deno.test("distinct batches: as many as the greedy rule fills, and no more", () => {
  for (const sizes of cases) {
    for (const batchSize of [1, 2, 3, 5, 7, 8]) {
      const count = mostDistinctBatches(sizes, batchSize);
      strictEqual(count, greedyCount(sizes, batchSize), `${sizes} in batches of ${batchSize}`);
    }
  }
});

Deno.test("distinct batches: full, no class twice in a batch, no member twice", () => {
  for (const [i, sizes] of cases.entries()) {
    const classes = membersOf(sizes);
    for (const batchSize of [1, 2, 3, 5, 7]) {
      const most = mostDistinctBatches(sizes, batchSize);
      for (const count of [most, Math.floor(most / 2)]) {
        const order = prng(i).shuffle(classes.keys());
        const classOf = (member: number) => classes[member];
        const made = distinctBatches(order, { batchSize, count, classOf, prng: prng(i) });
        strictEqual(made.length, count);
        for (const batch of made) {
          strictEqual(batch.length, batchSize);
          strictEqual(new Set(batch.map(classOf)).size, batchSize);
        }
        strictEqual(new Set(made.flat()).size, count * batchSize);
      }
    }
  }
});

Deno.test("distinct batches: every class lasts from the first batch to the last, and meets all", () => {
  const sizes = [12, 12, 6, 6, 6, 3, 3], batchSize = 4, trials = 2000;
  const classes = membersOf(sizes), classOf = (member: number) => classes[member];
  const count = mostDistinctBatches(sizes, batchSize);
  strictEqual(count * batchSize, classes.length); // all are used
  const drawn = sizes.map(() => Array<number>(count).fill(0));
  const meetings = sizes.map(() => sizes.map(() => 0));
  for (let trial = 0; trial < trials; trial++) {
    const order = prng(`order ${trial}`).shuffle(classes.keys());
    const options = { batchSize, count, classOf, prng: prng(`classes ${trial}`) };
    for (const [index, batch] of distinctBatches(order, options).entries()) {
      for (const a of batch) {
        drawn[classOf(a)][index]++;
        for (const b of batch) meetings[classOf(a)][classOf(b)]++;
      }
    }
  }
  for (const [kind, size] of sizes.entries()) {
    for (const times of drawn[kind]) { // a share of size / count at every place, within 5 sigma
      const share = size / count;
      const tolerance = 5 * Math.sqrt(share * (1 - share) / trials);
      ok(Math.abs(times / trials - share) <= tolerance, `class ${kind}: ${drawn[kind]}`);
    }
  }
  ok(meetings.flat().every((n) => n > trials / 4), JSON.stringify(meetings));
});

Deno.test("distinct batches: what is left out differs with the order", () => {
  const sizes = [10, 3, 1], classes = membersOf(sizes);
  const usedOf = (seed: number) => {
    const order = prng(seed).shuffle(classes.keys());
    const options = { batchSize: 2, count: 4, classOf: (m: number) => classes[m] };
    return distinctBatches(order, { ...options, prng: prng(0) }).flat();
  };
  deepStrictEqual(usedOf(1), usedOf(1));
  const everUsed = new Set(Array.from({ length: 60 }, (_, seed) => usedOf(seed)).flat());
  strictEqual(everUsed.size, classes.length);
});
