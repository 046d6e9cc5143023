import { deepStrictEqual, ok, rejects, strictEqual, throws } from "node:assert/strict";
import { join } from "@std/path";
import { prng } from "../../lib/base/prng.ts";
import { agreement, candidatesOf, checkRule } from "../../lib/mining/candidates.ts";
import { clustersOf } from "../../lib/mining/clusters.ts";
import { cosinesOf } from "../../lib/mining/cosines.ts";
import type { Embedder } from "../../lib/mining/embedder.ts";
import { mine } from "../../lib/mining/mine.ts";
import { exactNeighbours } from "../../lib/mining/neighbours.ts";
import { byOnnx } from "../../lib/mining/onnx_embedder.ts";
import { precisionBySimilarity, shareOf } from "../../lib/mining/precision.ts";
import { refine } from "../../lib/mining/refine.ts";
import { indexedNeighbours } from "../../lib/mining/vector_index.ts";
import type { Rows } from "../../lib/evaluation/rows.ts";
import type { Dataset } from "../../lib/datasets/dataset.ts";
import { inFolder } from "../in_folder.ts";
import vectors from "../vectors/mining.json" with { type: "json" };
import { uniform } from "../vectors/inputs.ts";

const { n, width, k } = vectors.neighbours;

/** Rows in groups of four, as mining.py has them. */
function grouped(): Rows {
  const rows = uniform("mining rows", n * width),
    centres = uniform("mining centres", n / 4 * width);
  const values = rows.map((v, at) => {
    const row = Math.floor(at / width);
    return v + 2 * centres[Math.floor(row / 4) * width + at % width];
  });
  return { values, width };
}

/** Pictures of one gray each, of the classes that are given. */
function grays(labels: number[], more: Partial<Dataset> = {}): Dataset {
  const classes = [...new Set(labels)].sort().map((label) => `class ${label}`);
  return {
    ...{ name: "grays", classes, length: labels.length, hash: `grays ${labels}` },
    image: (i) => ({ data: new Uint8Array(3 * 16).fill(i), height: 4, width: 4 }),
    label: (i) => labels[i],
    ...more,
  };
}

/** By one thread: what several find together varies. */
const indexed = (rows: Rows, k: number) => indexedNeighbours(rows, k, { threads: 1 });

const fixed = (rows: Rows, name = "fixed"): Embedder => (
  { name, hash: name, embed: () => Promise.resolve(rows) }
);

Deno.test("neighbours and mutual pairs are scikit-learn's, exactly and by the index", async () => {
  for (const found of [exactNeighbours, indexed]) {
    const neighbours = await found(grouped(), k);
    deepStrictEqual([...neighbours.indices], vectors.neighbours.indices);
    neighbours.cosines.forEach((cosine, at) => {
      ok(Math.abs(cosine - vectors.neighbours.cosines[at]) < 1e-5);
    });
    const { a, b, similarity } = candidatesOf(neighbours, { name: "mutual", k });
    const pairs = [...a].map((i, at) => [i, b[at]]).sort(([i, j], [l, m]) => i - l || j - m);
    deepStrictEqual(pairs, vectors.neighbours.mutual);
    ok(similarity.every((s, at) => at === 0 || s <= similarity[at - 1]), "most similar first");
  }
});

Deno.test("neighbours: a row with many equals is no neighbour of itself, few rows have few", async () => {
  const equal = { values: new Float32Array(12 * 2).fill(1), width: 2 };
  for (const found of [exactNeighbours, indexed]) {
    const { indices, k } = await found(equal, 3);
    ok(indices.every((j, at) => j !== Math.floor(at / k) && j >= 0));
    const two = await found({ values: Float32Array.of(1, 0, 0, 1), width: 2 }, 5);
    deepStrictEqual([two.k, [...two.indices]], [1, [1, 0]]);
  }
});

Deno.test("neighbours: who was missed is found through the others, whatever was found instead", async () => {
  const rows = grouped(), { indices, cosines } = await exactNeighbours(rows, k);
  const cosine = cosinesOf(rows), random = prng("missed");
  const half = indices.map((j, at) => {
    const i = Math.floor(at / k); // of each group two rows lose all but one of their neighbours
    return i % 4 < 2 && at % k > 0 ? (i + 4 + random.int(n - 8)) % n : j;
  });
  for (let i = 0; i < n; i++) { // each list anew: distinct, and the nearest first
    const list = [...new Set(half.subarray(i * k, (i + 1) * k))]
      .sort((a, b) => cosine(i, b) - cosine(i, a));
    half.set([...list, ...Array(k - list.length).fill(-1)], i * k);
  }
  const known = Float32Array.from(half, (j, at) => j < 0 ? 0 : cosine(Math.floor(at / k), j));
  const found = { k, indices: half, cosines: known };
  ok(half.some((j, at) => j !== indices[at]));
  const near = (list: Int32Array, i: number) => new Set(list.subarray(i * k, i * k + 3));
  await refine(found, cosine);
  for (let i = 0; i < n; i++) {
    const others = near(indices, i).intersection(near(found.indices, i)).size;
    strictEqual(others, 3, `row ${i} finds the three others of its group`);
  }
  found.cosines.forEach((value, at) => {
    ok(at % k === 0 || value <= found.cosines[at - 1], "the nearest first");
    if (found.indices[at] === indices[at]) ok(Math.abs(value - cosines[at]) < 1e-5);
  });
});

Deno.test("neighbours: the index takes rows in parts, of which the last may be a single one", async () => {
  const values = uniform("many rows", 4097 * 2);
  const { indices, k } = await indexed({ values, width: 2 }, 2);
  strictEqual(indices.length, 4097 * k);
  ok(indices.every((j, at) => j >= 0 && j < 4097 && j !== Math.floor(at / k)));
});

Deno.test("rules: a threshold, the nearest of a cluster, what two embeddings agree on", async () => {
  const rows = grouped(), neighbours = await exactNeighbours(rows, k);
  const near = candidatesOf(neighbours, { name: "threshold", k, similarity: 0.8 });
  ok(near.similarity.every((s) => s >= 0.8) && near.a.length > 0);
  ok(near.a.every((i, at) => i < near.b[at]));

  const clusters = clustersOf(rows, { clusters: n / 4 });
  const rule = { name: "cluster", k, clusters: n / 4 } as const;
  const nearest = candidatesOf(neighbours, rule, clusters);
  ok(nearest.a.every((i, at) => clusters[i] === clusters[nearest.b[at]]));
  ok(nearest.a.length > n / 4 && nearest.a.length <= n);

  const both = agreement(near, nearest);
  const names = ({ a, b }: typeof near) => new Set(a.keys().map((at) => `${a[at]} ${b[at]}`));
  deepStrictEqual(names(both), names(near).intersection(names(nearest)));
  ok(both.a.length > 0 && both.a.length < near.a.length);
  throws(() => checkRule({ name: "mutual", k: 0 }, 9), /k is 0: give a whole number from 1 to 8/);
  throws(() => checkRule({ name: "threshold", k: 3, similarity: 2 }, 9), /similarity is 2/);
});

Deno.test("precision: Wilson's intervals are scipy's; bins hold as many pairs each", () => {
  for (const { right, judged, low, high } of vectors.intervals) {
    const found = shareOf(right, judged);
    ok(
      Math.abs(found.low - low) < 1e-9 && Math.abs(found.high - high) < 1e-9,
      `${right}/${judged}`,
    );
  }
  const similarity = Float32Array.from({ length: 25 }, (_, i) => 1 - i / 25);
  const candidates = { a: new Int32Array(25), b: new Int32Array(25), similarity };
  const bins = precisionBySimilarity(candidates, (i) => i === 3 ? undefined : i < 10, { bins: 5 });
  deepStrictEqual(bins.map(({ pairs, judged, right }) => [pairs, judged, right]), [
    ...[[5, 4, 4], [5, 5, 5], [5, 5, 0], [5, 5, 0], [5, 5, 0]],
  ]);
  strictEqual(bins[0].to, 1);
  const [unknown] = precisionBySimilarity(candidates, () => undefined, { bins: 1 });
  deepStrictEqual([unknown.precision, unknown.low, unknown.high], [null, 0, 1]);
});

Deno.test("mine: embedding, rule, agreement; a duplicate is no pair", async () => {
  const images = grays(Array.from({ length: n }, (_, i) => Math.floor(i / 4)));
  const rule = { name: "mutual", k } as const;
  const { candidates, duplicates, search } = await mine(images, fixed(grouped()), { rule });
  deepStrictEqual([candidates.a.length, duplicates, search], [
    ...[vectors.neighbours.mutual.length, 0, "exact"],
  ]);
  const [i, j] = [candidates.a[0], candidates.b[0]];
  const likes = (image: number) => ({ copyOf: image === j ? i : image, elsewhere: false });
  const copies = grays([...Array(n).keys().map((i) => Math.floor(i / 4))], { likes });
  const without = await mine(copies, fixed(grouped()), { rule });
  strictEqual(without.duplicates, 1);
  ok(without.candidates.a.every((a, at) => a !== i || without.candidates.b[at] !== j));

  const other = { values: uniform("other rows", n * width), width };
  const agreed = await mine(images, fixed(grouped()), { rule, agree: fixed(other, "other") });
  ok(agreed.candidates.a.length < candidates.a.length);
  await rejects(mine(grays([0]), fixed(grouped()), { rule }), /no two images/);
  await rejects(
    mine(images, fixed(grouped()), { rule: { name: "threshold", k, similarity: 1 } }),
    /leaves no pair of grays: give a larger k or a lower similarity/,
  );
});

Deno.test("ONNX: images are embedded as torch does it, whatever the batch", async () => {
  const pixels = uniform("mining pictures", 3 * 3 * 64, 0, 256).map(Math.floor);
  const images: Dataset = {
    ...grays(Array.from({ length: 70 }, () => 0)),
    image: (i) => ({
      data: Uint8Array.from(pixels.subarray(i % 3 * 192, (i % 3 + 1) * 192)),
      ...{ height: 8, width: 8 },
    }),
  };
  const path = join(import.meta.dirname!, "..", "vectors", "mining.onnx");
  const { values, width } = await (await byOnnx(path, { size: 8 })).embed(images);
  deepStrictEqual([width, values.length], [5, 70 * 5]);
  values.forEach((v, at) => {
    const expected = vectors.onnx[at % (3 * 5)];
    ok(Math.abs(v - expected) < 1e-4 * Math.max(1, Math.abs(expected)), `${at}: ${v}, ${expected}`);
  });
});

Deno.test("ONNX: what is no such model is named", () =>
  inFolder(async (folder) => {
    const path = join(folder, "a.onnx");
    await rejects(byOnnx(path, { size: 8 }), { name: "Problem", message: /a\.onnx: No such file/ });
    await Deno.writeTextFile(path, "no model");
    await rejects(byOnnx(path, { size: 8 }), { name: "Problem", message: /is no ONNX model/ });
  }));
