import { deepStrictEqual, notDeepStrictEqual, strictEqual } from "node:assert/strict";
import { prng } from "../../lib/base/prng.ts";
import { stratifiedSplit } from "../../lib/evaluation/split.ts";

const labels = Array.from({ length: 100 }, (_, i) => (i * i) % 7);

Deno.test("a stratified split has a fifth of each class, and every index once", () => {
  const { larger, smaller } = stratifiedSplit(labels, 0.2, prng(1));
  deepStrictEqual([...larger, ...smaller].sort((a, b) => a - b), labels.map((_, i) => i));
  for (const label of new Set(labels)) {
    const count = (indices: number[]) => indices.filter((i) => labels[i] === label).length;
    const all = count([...larger, ...smaller]);
    strictEqual(count(smaller), Math.floor(0.2 * all));
  }
});

Deno.test("a stratified split comes from the seed; a single image stays in the larger part", () => {
  deepStrictEqual(stratifiedSplit(labels, 0.2, prng(1)), stratifiedSplit(labels, 0.2, prng(1)));
  notDeepStrictEqual(stratifiedSplit(labels, 0.2, prng(1)), stratifiedSplit(labels, 0.2, prng(2)));
  deepStrictEqual(stratifiedSplit([5], 0.9, prng(1)), { larger: [0], smaller: [] });
});
