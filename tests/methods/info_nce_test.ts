import { ok } from "node:assert/strict";
import { tf, withoutFusedKernels } from "../../lib/engine/mod.ts";
import { batchInfoNce, infoNce } from "../../lib/methods/info_nce.ts";
import { sameClass } from "../../lib/methods/negatives.ts";
import { l2Normalize } from "../../lib/methods/normalize.ts";
import { close, tensor, uniform } from "../vectors/inputs.ts";
import {
  checkDifferences,
  checkOnePair,
  checkReference,
  type PairLoss,
  valueAndGradient,
} from "./losses.ts";
import reference from "../vectors/contrastive.json" with { type: "json" };

const classes = (labels: number[]) => tf.tensor1d(labels, "int32");
const unit = (name: string, n: number, d: number) => l2Normalize(tensor(name, [n, d]));

/** InfoNCE of directions against `size` negatives. */
const queued =
  (temperature: number, size: number, labels?: number[], theirs?: number[]): PairLoss => (a, b) =>
    infoNce(l2Normalize(a), l2Normalize(b), unit("negatives", size, a.shape[1]), {
      temperature,
      excluded: labels && sameClass(classes(labels), classes(theirs!)),
    });

/** InfoNCE of directions within the batch. */
const batched = (temperature: number, labels?: number[]): PairLoss => (a, b) =>
  batchInfoNce(l2Normalize(a), l2Normalize(b), {
    temperature,
    excluded: labels && classes(labels),
  });

Deno.test("infoNce equals the loop over queries and negatives that are not excluded", async () => {
  const n = 4, m = 6, d = 3, temperature = 0.4;
  const labels = [0, 1, 2, 0], theirs = [0, 2, 0, 1, -1, 2];
  const rows = (name: string, count: number) => {
    const values = uniform(name, count * d);
    return Array.from({ length: count }, (_, i) => direction(values.slice(i * d, (i + 1) * d)));
  };
  const [q, k, others] = [rows("anchor", n), rows("partner", n), rows("negatives", m)];
  const dot = (x: Float32Array, y: Float32Array) => x.reduce((sum, v, i) => sum + v * y[i], 0);
  let loss = 0;
  for (let i = 0; i < n; i++) {
    const positive = Math.exp(dot(q[i], k[i]) / temperature);
    let sum = positive;
    for (let j = 0; j < m; j++) {
      if (labels[i] !== theirs[j]) sum += Math.exp(dot(q[i], others[j]) / temperature);
    }
    loss -= Math.log(positive / sum) / n;
  }
  const [a, b] = ["anchor", "partner"].map((name) => tensor<tf.Tensor2D>(name, [n, d]));
  close(await queued(temperature, m, labels, theirs)(a, b).data(), [loss], 1e-6, "loss");
});

function direction(x: Float32Array): Float32Array {
  const length = Math.hypot(...x);
  return x.map((v) => v / length);
}

Deno.test("infoNce equals torch's and lightly's value and gradient", async () => {
  for (const expected of reference.losses.info_nce) {
    await checkReference(queued(expected.temperature, expected.size), expected);
  }
});

Deno.test("infoNce without excluded negatives equals torch's, also where none is left", async () => {
  for (const expected of reference.losses.info_nce_excluded) {
    const { temperature, size, labels, queue_labels } = expected;
    await checkReference(queued(temperature, size, labels, queue_labels), expected);
  }
});

Deno.test("batchInfoNce equals torch's value and gradient", async () => {
  for (const expected of reference.losses.batch_info_nce) {
    await checkReference(batched(expected.temperature), expected);
  }
});

Deno.test("batchInfoNce without one's class equals torch's, also where no other is left", async () => {
  for (const expected of reference.losses.batch_info_nce_excluded) {
    await checkReference(batched(expected.temperature, expected.labels), expected);
  }
});

Deno.test("infoNce: gradients agree with central differences", async () => {
  await checkDifferences(queued(0.5, 7), [6, 4]);
  await checkDifferences(queued(0.5, 3, [0, 0, 1, 1, 2, 3], [0, 1, -1]), [6, 4]);
  await checkDifferences(batched(0.5), [6, 4]);
  await checkDifferences(batched(0.5, [0, 0, 1, 1, 2, 3]), [6, 4]);
});

Deno.test("infoNce does not depend on the order of its negatives", async () => {
  const [q, k, m] = [unit("q", 3, 4), unit("k", 3, 4), unit("m", 5, 4)];
  const [forth, back] = [m, m.reverse<tf.Tensor2D>(0)].map((negatives) =>
    infoNce(q, k, negatives, { temperature: 0.1 })
  );
  close(await back.data(), await forth.data(), 1e-6, "reversed");
});

Deno.test("infoNce of equal embeddings is the log of the number of candidates", async () => {
  const ones = tf.ones<tf.Rank.R2>([4, 3]) as tf.Tensor2D;
  const negatives = l2Normalize(tf.ones([6, 3]));
  const loss: PairLoss = (a, b) =>
    infoNce(l2Normalize(a), l2Normalize(b), negatives, { temperature: 0.01 });
  for (const [of, candidates] of [[loss, 7], [batched(0.01), 4]] as const) {
    const { value, a, b } = await valueAndGradient(of, ones, ones);
    close([value], [Math.log(candidates)], 1e-5, "value");
    ok(Math.hypot(...a, ...b) < 1e-4, `gradient ${Math.hypot(...a, ...b)}`);
  }
});

Deno.test("infoNce is the same without fused kernels", async () => {
  const [a, b] = ["anchor", "partner"].map((name) => tensor<tf.Tensor2D>(name, [8, 5]));
  const fused = await valueAndGradient(queued(0.2, 12), a, b);
  const plain = await withoutFusedKernels(() => valueAndGradient(queued(0.2, 12), a, b));
  close([plain.value], [fused.value], 1e-6, "value");
  close(plain.a, fused.a, 1e-5, "gradient");
});

Deno.test("batchInfoNce of a batch of one pair is a clear error", () => checkOnePair(batched(0.2)));
