import { ok } from "node:assert/strict";
import { tf } from "../../lib/engine/mod.ts";
import { ntXent, simclr } from "../../lib/methods/simclr.ts";
import { close, tensor, uniform } from "../vectors/inputs.ts";
import {
  checkDifferences,
  checkOnePair,
  checkReference,
  checkSymmetry,
  type PairLoss,
  valueAndGradient,
} from "./losses.ts";
import reference from "../vectors/contrastive.json" with { type: "json" };
import { checkTraining, threeSteps } from "../training/reference_steps.ts";

const at = (temperature: number, labels?: number[]): PairLoss => (a, b) =>
  ntXent(a, b, { temperature, excluded: labels && tf.tensor1d(labels, "int32") });

Deno.test("ntXent equals the double loop over pairs, with and without those of one class", async () => {
  const n = 5, d = 3, temperature = 0.3, labels = [0, 1, 0, 0, 2];
  const rows = (name: string) => {
    const values = uniform(name, n * d);
    return Array.from({ length: n }, (_, i) => [...values.subarray(i * d, (i + 1) * d)]);
  };
  const z = [...rows("anchor"), ...rows("partner")];
  const dot = (x: number[], y: number[]) => x.reduce((sum, v, i) => sum + v * y[i], 0);
  const cosine = (x: number[], y: number[]) => dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y));
  const [a, b] = ["anchor", "partner"].map((name) => tensor<tf.Tensor2D>(name, [n, d]));
  for (const excluded of [undefined, labels]) {
    let loss = 0;
    for (let i = 0; i < 2 * n; i++) {
      const partner = (i + n) % (2 * n);
      let others = 0;
      for (let k = 0; k < 2 * n; k++) {
        const left = k === i || k !== partner && excluded?.[k % n] === labels[i % n];
        if (!left) others += Math.exp(cosine(z[i], z[k]) / temperature);
      }
      loss -= Math.log(Math.exp(cosine(z[i], z[partner]) / temperature) / others) / (2 * n);
    }
    close(await at(temperature, excluded)(a, b).data(), [loss], 1e-6, `loss, ${excluded}`);
  }
});

Deno.test("ntXent equals torch's and lightly's value and gradient", async () => {
  for (const expected of reference.losses.nt_xent) {
    await checkReference(at(expected.temperature), expected);
  }
});

Deno.test("ntXent without one's class equals torch's, also where no other pair is left", async () => {
  for (const expected of reference.losses.nt_xent_excluded) {
    await checkReference(at(expected.temperature, expected.labels), expected);
  }
});

Deno.test("ntXent: gradient agrees with central differences", async () => {
  await checkDifferences(at(0.5), [6, 4]);
  await checkDifferences(at(0.5, [0, 1, 0, 1, 2, 0]), [6, 4]);
});

Deno.test("ntXent does not change when both views are swapped", async () => {
  await checkSymmetry(at(0.2), [6, 4]);
  await checkSymmetry(at(0.2, [0, 1, 0, 1, 2, 0]), [6, 4]);
});

Deno.test("ntXent of a batch of one pair is a clear error", () => checkOnePair(at(0.2)));

Deno.test("ntXent of equal embeddings is log(2n - 1), without a gradient", async () => {
  const ones = tf.ones<tf.Rank.R2>([4, 3]) as tf.Tensor2D;
  const { value, a } = await valueAndGradient(at(0.1), ones, ones);
  close([value], [Math.log(7)], 1e-6, "value");
  close([1 + Math.hypot(...a)], [1], 1e-6, "gradient");
});

Deno.test("ntXent of a zero embedding stays finite", async () => {
  const a = tensor<tf.Tensor2D>("anchor", [3, 2]).mul<tf.Tensor2D>(tf.tensor2d([[0], [1], [1]]));
  const [loss] = await at(0.2)(a, tensor("partner", [3, 2])).data();
  ok(Number.isFinite(loss));
});

Deno.test("three steps of simclr equal torch's: losses, weights, running statistics", () => {
  const options = { ...simclr.defaults, hidden: 8, projection: 5 };
  return checkTraining(simclr, { options }, reference.training.simclr);
});

Deno.test("three steps of simclr without negatives of one's class equal torch's", async () => {
  const options = { ...simclr.defaults, hidden: 8, projection: 5, excludeSameClass: true };
  const { losses } = await threeSteps(simclr, { options });
  close(losses, reference.training_excluded.simclr, 1e-4, "losses");
});
