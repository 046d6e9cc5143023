import { ok } from "node:assert/strict";
import type { tf } from "../../lib/engine/mod.ts";
import { vicreg, vicregLoss, type VicregWeights } from "../../lib/methods/vicreg.ts";
import { checkTraining } from "../training/reference_steps.ts";
import reference from "../vectors/redundancy.json" with { type: "json" };
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

const published = { invariance: 25, variance: 25, covariance: 1 };
const weighted = (weights: Partial<VicregWeights>): PairLoss => (a, b) =>
  vicregLoss(a, b, { invariance: 0, variance: 0, covariance: 0, ...weights });

Deno.test("the VICReg loss equals the loops over its three sums", async () => {
  const n = 7, d = 3;
  const columns = (name: string) => {
    const values = uniform(name, n * d);
    return Array.from(
      { length: d },
      (_, j) => Array.from({ length: n }, (_, i) => values[i * d + j]),
    );
  };
  const [a, b] = [columns("anchor"), columns("partner")];
  const distances = a.flatMap((column, j) => column.map((x, i) => (x - b[j][i]) ** 2));
  let loss = 2 * distances.reduce((sum, x) => sum + x, 0) / (n * d);
  for (const view of [a, b]) {
    for (let i = 0; i < d; i++) {
      const deviation = Math.sqrt(covariance(view[i], view[i]) + 1e-4);
      loss += 3 * Math.max(0, 1 - deviation) / d / 2;
      for (let j = 0; j < d; j++) if (i !== j) loss += 5 * covariance(view[i], view[j]) ** 2 / d;
    }
  }
  const inputs = ["anchor", "partner"].map((name) => tensor<tf.Tensor2D>(name, [n, d]));
  const value = vicregLoss(inputs[0], inputs[1], { invariance: 2, variance: 3, covariance: 5 });
  close(await value.data(), [loss], 1e-6, "loss");
});

function covariance(x: number[], y: number[]): number {
  const mean = (values: number[]) => values.reduce((sum, v) => sum + v, 0) / values.length;
  const [mx, my] = [mean(x), mean(y)];
  return x.reduce((sum, v, i) => sum + (v - mx) * (y[i] - my), 0) / (x.length - 1);
}

Deno.test("the VICReg loss equals lightly's value and gradient", async () => {
  for (const expected of reference.losses.vicreg) {
    await checkReference(weighted(expected), expected);
  }
});

Deno.test("the VICReg loss equals lightly's without variance, and with equal views", async () => {
  for (const [name, edge] of Object.entries(edges)) {
    const expected = reference.losses.edges[name as keyof typeof edges].vicreg;
    await checkReference(weighted(expected), expected, edge);
  }
});

Deno.test("the VICReg loss: gradient agrees with central differences", () =>
  checkDifferences(weighted({ invariance: 1, variance: 2, covariance: 3 }), [9, 4]));

Deno.test("the VICReg loss does not change when both views are swapped", () =>
  checkSymmetry(weighted(published), [9, 4]));

Deno.test("the VICReg loss of a batch of one pair is a clear error", () =>
  checkOnePair(weighted(published)));

Deno.test("VICReg: of variance and covariance, a shift of a view changes nothing", async () => {
  const loss = weighted({ variance: 25, covariance: 1 });
  const [a, b] = ["anchor", "partner"].map((name) => tensor<tf.Tensor2D>(name, [9, 4]));
  close(await loss(a.add(2), b).data(), await loss(a, b).data(), 1e-5, "loss");
});

Deno.test("VICReg: the hinge asks nothing of features with a deviation above 1", async () => {
  const [a, b] = ["anchor", "partner"].map((name) => tensor<tf.Tensor2D>(name, [9, 4], -4, 4));
  const { value, a: gradient } = await valueAndGradient(weighted({ variance: 25 }), a, b);
  ok(value === 0 && gradient.every((x) => x === 0));
});

Deno.test("three steps of vicreg equal torch's: losses, weights, running statistics", () => {
  const weights = { invariance: 2.5, variance: 2.5, covariance: 0.1 };
  const options = { ...weights, hidden: 8, projection: 5 };
  return checkTraining(vicreg, { options }, reference.training.vicreg);
});
