import { deepStrictEqual, notDeepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { Problem } from "../../lib/base/problem.ts";
import { umap } from "../../lib/evaluation/umap.ts";
import { uniform } from "../vectors/inputs.ts";

/** n rows in three clumps; row i is of clump i mod 3. */
const clumps = (n: number) => {
  const centres = uniform("clumps", 3 * 8);
  const values = uniform("blur", n * 8, -0.1, 0.1)
    .map((v, at) => v + centres[Math.floor(at / 8) % 3 * 8 + at % 8]);
  return { values, width: 8 };
};

Deno.test("umap keeps clumps together and apart from each other", async () => {
  const n = 60, points = await umap(clumps(n), { seed: 1 });
  strictEqual(points.length, 2 * n);
  const apart = (i: number, j: number) =>
    Math.hypot(points[2 * i] - points[2 * j], points[2 * i + 1] - points[2 * j + 1]);
  for (let i = 0; i < n; i++) {
    const others = [...Array(n).keys()].filter((j) => j !== i);
    const nearest = others.toSorted((a, b) => apart(i, a) - apart(i, b)).slice(0, 5);
    ok(nearest.every((j) => j % 3 === i % 3), `row ${i} lies among ${nearest}`);
  }
});

Deno.test("umap: the same places of a seed, others of another, and the event loop goes on", async () => {
  let turns = 0, done = 0;
  const timer = setInterval(() => turns++, 0);
  const points = await umap(clumps(30), { seed: 1, progress: (now) => done = now });
  clearInterval(timer);
  ok(turns > 2, `${turns} turns`);
  strictEqual(done, 500);
  deepStrictEqual(await umap(clumps(30), { seed: 1 }), points);
  notDeepStrictEqual(await umap(clumps(30), { seed: 2 }), points);
});

Deno.test("umap: fewer images than neighbours, equal and dead features have finite places", async () => {
  const cases = [
    clumps(3),
    clumps(8),
    { values: new Float32Array(30 * 8).fill(0.3), width: 8 },
    { values: new Float32Array(30 * 8), width: 8 },
  ];
  for (const rows of cases) {
    const points = await umap(rows, { seed: 1 });
    ok(points.length === rows.values.length / 4 && points.every(Number.isFinite));
  }
});

Deno.test("umap of two rows, of one neighbour and of NaN is a Problem", async () => {
  const problem = (pattern: RegExp) => (error: Error) =>
    error instanceof Problem && pattern.test(error.message);
  await rejects(umap(clumps(2), { seed: 1 }), problem(/UMAP of 2 rows/));
  await rejects(umap(clumps(9), { seed: 1, neighbours: 1 }), problem(/neighbours is 1/));
  const broken = { ...clumps(9), values: clumps(9).values.with(17, NaN) };
  await rejects(umap(broken, { seed: 1 }), problem(/feature 1 of row 2 is NaN/));
});
