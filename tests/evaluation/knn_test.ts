import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { Problem } from "../../lib/base/problem.ts";
import { liveTensors } from "../../lib/engine/mod.ts";
import { type Features, selectRows } from "../../lib/evaluation/features.ts";
import { knn, knnHalfByHalf } from "../../lib/evaluation/knn.ts";
import { accuracy } from "../../lib/evaluation/metrics.ts";
import { clusters } from "./clusters.ts";
import reference from "../vectors/evaluation.json" with { type: "json" };

const bank = clusters("bank", 300), queries = clusters("queries", 90);

Deno.test("knn predicts what lightly's knn_predict predicts", async () => {
  for (const { predictions, top1, top5, ...options } of reference.knn) {
    const scores = await knn(bank, queries, options);
    const best = predictions.map((_, i) => {
      const row = scores.values.subarray(i * 7, (i + 1) * 7);
      return row.indexOf(Math.max(...row));
    });
    deepStrictEqual(best, predictions);
    const ours = accuracy(scores, queries.labels);
    strictEqual(ours.top1, top1);
    strictEqual(ours.top5, top5);
  }
});

Deno.test("knn: k is capped by the bank, and one neighbour is the image itself", async () => {
  const few = selectRows(bank, [0, 1, 2, 3, 4, 5, 6]);
  const scores = await knn(few, few, { k: 200, temperature: 0.01 });
  strictEqual(accuracy(scores, few.labels).top1, 1);
  ok(scores.values.every((score) => score > 0), "every class has a vote");
});

Deno.test("knn: more queries than a chunk score as they do alone, and nothing is left over", async () => {
  const before = liveTensors();
  const many = await knn(bank, bank, { k: 20 });
  const last = await knn(bank, selectRows(bank, [299]), { k: 20 });
  const difference = many.values.subarray(-7).map((score, c) => score / last.values[c] - 1 || 0);
  ok(Math.max(...difference.map(Math.abs)) < 1e-3, `${difference}`);
  deepStrictEqual(liveTensors(), before);
});

Deno.test("knn: features of another width are a Problem", async () => {
  const narrow: Features = { ...queries, width: 4, values: queries.values.subarray(0, 90 * 4) };
  await rejects(
    knn(bank, narrow),
    (error: Error) => error instanceof Problem && /4 features.*8 features/.test(error.message),
  );
});

Deno.test("knnHalfByHalf: the share of all rows, odd in number, that the other half gets right", async () => {
  const rows = (rest: number) => [...bank.labels.keys()].filter((i) => i < 91 && i % 2 === rest);
  const [even, odd] = [0, 1].map((rest) => selectRows(bank, rows(rest)));
  const right = async (voting: Features, asking: Features) =>
    accuracy(await knn(voting, asking, { k: 5 }), asking.labels).top1 * asking.labels.length;
  const expected = (await right(odd, even) + await right(even, odd)) / 91;
  const all = selectRows(bank, [...rows(0), ...rows(1)].sort((a, b) => a - b));
  strictEqual(await knnHalfByHalf(all, { k: 5 }), expected);
  ok(expected > 0.2 && expected < 1, `${expected}`);
});

Deno.test("knn: a feature that is no finite number is a Problem, in the bank as in the queries", async () => {
  const spoil = (features: Features): Features => {
    const values = features.values.slice();
    values[5 * 8 + 2] = Infinity;
    return { ...features, values };
  };
  const named = (error: Error) =>
    error instanceof Problem && /feature 2 of image 5 is Infinity/.test(error.message);
  await rejects(knn(spoil(bank), queries), named);
  await rejects(knn(bank, spoil(queries)), named);
});

Deno.test("knn: the votes are those of the exact search by a double loop", async () => {
  const k = 10, classes = 7;
  const { values: scores } = await knn(bank, queries, { k });
  const row = ({ values }: Features, i: number) => values.subarray(i * 8, (i + 1) * 8);
  const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, v, i) => sum + v * b[i], 0);
  for (let query = 0; query < queries.labels.length; query++) {
    const asked = row(queries, query);
    const cosines = [...bank.labels.keys()].map((i) => {
      const known = row(bank, i);
      return dot(asked, known) / Math.sqrt(dot(asked, asked) * dot(known, known));
    });
    const nearest = [...cosines.keys()].sort((a, b) => cosines[b] - cosines[a]).slice(0, k);
    const votes = new Float64Array(classes);
    for (const i of nearest) votes[bank.labels[i]] += Math.exp(cosines[i] / 0.1);
    votes.forEach((vote, c) => {
      ok(
        Math.abs(scores[query * classes + c] - vote) <= 1e-4 * Math.max(1, vote),
        `${query}, ${c}`,
      );
    });
  }
});
