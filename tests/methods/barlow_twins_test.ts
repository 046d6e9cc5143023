import type { tf } from "../../lib/engine/mod.ts";
import { barlowTwins, crossCorrelationLoss } from "../../lib/methods/barlow_twins.ts";
import { close, tensor, uniform } from "../vectors/inputs.ts";
import { edges } from "./edges.ts";
import {
  checkDifferences,
  checkOnePair,
  checkReference,
  checkSymmetry,
  type PairLoss,
  valueAndGradient,
} from "./losses.ts";
import reference from "../vectors/redundancy.json" with { type: "json" };
import { checkTraining } from "../training/reference_steps.ts";

const withOptions = (options: { lambda: number; scale: number }): PairLoss => (a, b) =>
  crossCorrelationLoss(a, b, options);

Deno.test("the Barlow Twins loss equals the double loop over features", async () => {
  const n = 7, d = 3, lambda = 0.3, scale = 0.5;
  const columns = (name: string) => {
    const values = uniform(name, n * d);
    return Array.from({ length: d }, (_, j) => standardized(n, (i) => values[i * d + j]));
  };
  const [a, b] = [columns("anchor"), columns("partner")];
  let loss = 0;
  for (let i = 0; i < d; i++) {
    for (let j = 0; j < d; j++) {
      const c = a[i].reduce((sum, v, k) => sum + v * b[j][k], 0) / n;
      loss += i === j ? (1 - c) ** 2 : lambda * c ** 2;
    }
  }
  const inputs = ["anchor", "partner"].map((name) => tensor<tf.Tensor2D>(name, [n, d]));
  const value = withOptions({ lambda, scale })(inputs[0], inputs[1]);
  close(await value.data(), [scale * loss], 1e-5, "loss");
});

function standardized(n: number, value: (i: number) => number): number[] {
  const x = Array.from({ length: n }, (_, i) => value(i));
  const mean = x.reduce((sum, v) => sum + v, 0) / n;
  const variance = x.reduce((sum, v) => sum + (v - mean) ** 2, 0) / n;
  return x.map((v) => (v - mean) / Math.sqrt(variance + 1e-5));
}

Deno.test("the Barlow Twins loss equals lightly's value and gradient", async () => {
  for (const expected of reference.losses.barlow_twins) {
    await checkReference(withOptions(expected), expected);
  }
});

Deno.test("the Barlow Twins loss equals lightly's with a constant feature, and with equal views", async () => {
  const { constant_feature: constant, equal_views: equal } = reference.losses.edges;
  const { barlow_twins: one } = constant, { barlow_twins: other } = equal;
  await checkReference(withOptions(one), one, edges.constant_feature);
  await checkReference(withOptions(other), other, edges.equal_views);
});

Deno.test("the Barlow Twins loss of a collapsed batch is scale x d, without a gradient", async () => {
  const { barlow_twins: expected } = reference.losses.edges.equal_rows;
  const [x, y] = ["anchor", "partner"].map((name) => tensor<tf.Tensor2D>(name, expected.shape));
  const [a, b] = edges.equal_rows(x, y);
  const collapsed = await valueAndGradient(withOptions(expected), a, b);
  close([collapsed.value], [expected.value], 1e-6, "value");
  close([1 + Math.hypot(...collapsed.a)], [1 + Math.hypot(...expected.a)], 1e-3, "gradient");
});

Deno.test("the Barlow Twins loss: gradient agrees with central differences", () =>
  checkDifferences(withOptions({ lambda: 0.1, scale: 1 }), [9, 4]));

Deno.test("the Barlow Twins loss does not change when both views are swapped", () =>
  checkSymmetry(withOptions({ lambda: 0.1, scale: 1 }), [9, 4]));

Deno.test("the Barlow Twins loss does not change when a view is shifted and stretched", async () => {
  const loss = withOptions({ lambda: 0.1, scale: 1 });
  const [a, b] = ["anchor", "partner"].map((name) => tensor<tf.Tensor2D>(name, [9, 4]));
  close(await loss(a.mul(3).add(2), b).data(), await loss(a, b).data(), 1e-4, "loss");
});

Deno.test("the Barlow Twins loss of a batch of one pair is a clear error", () =>
  checkOnePair(withOptions({ lambda: 0.1, scale: 1 })));

Deno.test("three steps of barlowTwins equal torch's: losses, weights, running statistics", () => {
  const options = { ...barlowTwins.defaults, hidden: 8, projection: 5 };
  return checkTraining(barlowTwins, { options }, reference.training.barlow_twins);
});
