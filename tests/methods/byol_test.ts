import { ok, strictEqual } from "node:assert/strict";
import type { tf } from "../../lib/engine/mod.ts";
import { byol, regressionLoss } from "../../lib/methods/byol.ts";
import { cosineTau } from "../../lib/methods/momentum.ts";
import { checkTraining } from "../training/reference_steps.ts";
import reference from "../vectors/asymmetric.json" with { type: "json" };
import { close, tensor, uniform } from "../vectors/inputs.ts";
import {
  checkDifferences,
  checkOnePair,
  checkReference,
  checkSymmetry,
  valueAndGradient,
} from "./losses.ts";

Deno.test("BYOL's loss equals the loop over squared distances of unit vectors", async () => {
  const n = 5, d = 3;
  const unit = (name: string, i: number) => {
    const row = [...uniform(name, n * d).subarray(i * d, (i + 1) * d)];
    return row.map((x) => x / Math.hypot(...row));
  };
  let loss = 0;
  for (let i = 0; i < n; i++) {
    const [q, z] = [unit("anchor", i), unit("partner", i)];
    for (let j = 0; j < d; j++) loss += (q[j] - z[j]) ** 2 / n;
  }
  const [q, z] = ["anchor", "partner"].map((name) => tensor<tf.Tensor2D>(name, [n, d]));
  close(await regressionLoss(q, z).data(), [loss], 1e-6, "loss");
});

Deno.test("BYOL's loss equals torch's value and gradient", async () => {
  for (const expected of reference.losses.regression) {
    await checkReference(regressionLoss, expected);
  }
});

Deno.test("BYOL's loss: gradient agrees with central differences", () =>
  checkDifferences(regressionLoss, [6, 4]));

Deno.test("BYOL's loss does not change when both views are swapped", () =>
  checkSymmetry(regressionLoss, [6, 4]));

Deno.test("BYOL's loss of a batch of one pair is a clear error", () =>
  checkOnePair(regressionLoss));

Deno.test("BYOL's loss of predictions that hit their targets is 0, without a gradient", async () => {
  const q = tensor<tf.Tensor2D>("anchor", [6, 4]);
  const { value, a } = await valueAndGradient(regressionLoss, q, q.mul(3));
  ok(Math.abs(value) < 1e-6 && Math.hypot(...a) < 1e-6);
});

Deno.test("BYOL's average gets slower, from tau to 1", () => {
  const tau = byol.momentum!.tau({ ...byol.defaults, tau: 0.9 });
  const at = (step: number) => tau({ step, total: 100, perEpoch: 10 });
  strictEqual(at(0), 0.9);
  ok(at(50) > 0.9499 && at(50) < 0.9501);
  strictEqual(at(100), 1);
});

Deno.test("three steps of byol equal torch's: losses, weights, averages, running statistics", () => {
  const options = { tau: 0.9, hidden: 8, projection: 5, predictorHidden: 7 };
  const at = (step: number) => ({ tau: cosineTau(0.9, 1)({ step, total: 3, perEpoch: 1 }) });
  return checkTraining(byol, { options, at }, reference.training.byol);
});
