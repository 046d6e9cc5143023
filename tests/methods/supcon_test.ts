import { tf } from "../../lib/engine/mod.ts";
import { ntXent } from "../../lib/methods/simclr.ts";
import { supcon, supConLoss } from "../../lib/methods/supcon.ts";
import { checkTraining } from "../training/reference_steps.ts";
import reference from "../vectors/bounds.json" with { type: "json" };
import { close, tensor, uniform } from "../vectors/inputs.ts";
import {
  checkDifferences,
  checkOnePair,
  checkReference,
  checkSymmetry,
  type PairLoss,
  valueAndGradient,
} from "./losses.ts";

const of = (labels: number[], temperature: number): PairLoss => (a, b) =>
  supConLoss(a, b, { temperature, labels: tf.tensor1d(labels, "int32") });

Deno.test("supConLoss equals the loops over views and positives", async () => {
  const labels = [0, 1, 0, 2, 0], n = labels.length, d = 3, temperature = 0.3;
  const unit = (name: string) =>
    Array.from({ length: n }, (_, i) => {
      const row = [...uniform(name, n * d).subarray(i * d, (i + 1) * d)];
      return row.map((x) => x / Math.hypot(...row));
    });
  const z = [...unit("anchor"), ...unit("partner")];
  const exp = (i: number, k: number) =>
    Math.exp(z[i].reduce((sum, x, j) => sum + x * z[k][j], 0) / temperature);
  const views = z.map((_, i) => i);
  let loss = 0;
  for (const i of views) {
    const others = views.filter((k) => k !== i);
    const all = others.reduce((sum, k) => sum + exp(i, k), 0);
    const positives = others.filter((k) => labels[k % n] === labels[i % n]);
    for (const p of positives) loss -= Math.log(exp(i, p) / all) / positives.length / (2 * n);
  }
  const [a, b] = ["anchor", "partner"].map((name) => tensor<tf.Tensor2D>(name, [n, d]));
  close(await of(labels, temperature)(a, b).data(), [loss], 1e-6, "loss");
});

Deno.test("supConLoss equals torch's value and gradient", async () => {
  for (const expected of reference.losses.sup_con) {
    await checkReference(of(expected.labels, expected.temperature), expected);
  }
});

Deno.test("supConLoss: gradient agrees with central differences", () =>
  checkDifferences(of([0, 1, 0, 2, 0, 1], 0.5), [6, 4]));

Deno.test("supConLoss does not change when both views are swapped", () =>
  checkSymmetry(of([0, 1, 0, 2, 0, 1], 0.2), [6, 4]));

Deno.test("supConLoss of a batch of one pair is a clear error", () => checkOnePair(of([0], 0.2)));

Deno.test("supConLoss is ntXent where every class has one pair, whatever it is called", async () => {
  const [a, b] = ["anchor", "partner"].map((name) => tensor<tf.Tensor2D>(name, [6, 4]));
  const expected = await ntXent(a, b, { temperature: 0.2 }).data();
  close(await of([7, 0, 3, 4, 9, 2], 0.2)(a, b).data(), expected, 1e-6, "loss");
});

Deno.test("supConLoss of equal embeddings is log(2n - 1), without a gradient", async () => {
  const ones = tf.ones<tf.Rank.R2>([4, 3]) as tf.Tensor2D;
  const { value, a } = await valueAndGradient(of([0, 1, 0, 1], 0.1), ones, ones.clone());
  close([value], [Math.log(7)], 1e-6, "value");
  close([1 + Math.hypot(...a)], [1], 1e-6, "gradient");
});

Deno.test("three steps of supcon equal torch's: losses, weights, running statistics", () => {
  const options = { ...supcon.defaults, hidden: 8, projection: 5 };
  return checkTraining(supcon, { options }, reference.training.supcon);
});
