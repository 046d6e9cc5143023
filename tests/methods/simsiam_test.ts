import { ok } from "node:assert/strict";
import { tf } from "../../lib/engine/mod.ts";
import { negativeCosine } from "../../lib/methods/cosine.ts";
import { simsiam } from "../../lib/methods/simsiam.ts";
import { checkTraining } from "../training/reference_steps.ts";
import reference from "../vectors/asymmetric.json" with { type: "json" };
import { close, tensor, uniform } from "../vectors/inputs.ts";
import { checkDifferences, checkOnePair, checkReference, valueAndGradient } from "./losses.ts";

Deno.test("the negative cosine equals the loop over pairs", async () => {
  const n = 5, d = 3;
  const row = (name: string, i: number) => [...uniform(name, n * d).subarray(i * d, (i + 1) * d)];
  let loss = 0;
  for (let i = 0; i < n; i++) {
    const [p, z] = [row("anchor", i), row("partner", i)];
    const dot = p.reduce((sum, x, j) => sum + x * z[j], 0);
    loss -= dot / (Math.hypot(...p) * Math.hypot(...z)) / n;
  }
  const [p, z] = ["anchor", "partner"].map((name) => tensor<tf.Tensor2D>(name, [n, d]));
  close(await negativeCosine(p, z).data(), [loss], 1e-6, "loss");
});

Deno.test("the negative cosine equals lightly's value and gradient", async () => {
  for (const expected of reference.losses.negative_cosine) {
    await checkReference(negativeCosine, expected);
  }
});

Deno.test("the negative cosine: gradient agrees with central differences", () =>
  checkDifferences(negativeCosine, [6, 4]));

Deno.test("the negative cosine of a batch of one pair is a clear error", () =>
  checkOnePair(negativeCosine));

Deno.test("the negative cosine of equal embeddings is -1, without a gradient", async () => {
  const p = tensor<tf.Tensor2D>("anchor", [6, 4]);
  const { value, a } = await valueAndGradient(negativeCosine, p, p.clone());
  close([value], [-1], 1e-6, "value");
  ok(Math.hypot(...a) < 1e-6);
});

Deno.test("the negative cosine of a zero vector is 0; the other pairs are as in lightly", async () => {
  const { shape, value, a, b } = reference.losses.zero_row;
  const keep = tf.tensor2d([0, 1, 1, 1], [4, 1]);
  const [p, z] = ["anchor", "partner"].map((name) => tensor<tf.Tensor2D>(name, shape));
  const actual = await valueAndGradient(negativeCosine, p.mul(keep), z);
  close([actual.value], [value], 1e-5, "value");
  close(actual.a.subarray(shape[1]), a, 1e-4, "gradient to the predictions");
  close(actual.b.subarray(shape[1]), b, 1e-4, "gradient to the targets");
  ok(actual.a.every(Number.isFinite) && actual.b.every((x, i) => i >= shape[1] || x === 0));
});

Deno.test("three steps of simsiam equal torch's: losses, weights, running statistics", () => {
  const options = { hidden: 8, projection: 5, predictorHidden: 4 };
  return checkTraining(simsiam, { options }, reference.training.simsiam);
});
