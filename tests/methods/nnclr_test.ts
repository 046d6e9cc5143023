import { deepStrictEqual, ok, rejects } from "node:assert/strict";
import { Problem } from "../../lib/base/problem.ts";
import { tf, valueAndGradients } from "../../lib/engine/mod.ts";
import { nearest, nnclr, nnclrLoss } from "../../lib/methods/nnclr.ts";
import { l2Normalize } from "../../lib/methods/normalize.ts";
import { close, tensor, uniform } from "../vectors/inputs.ts";
import { checkOnePair } from "./losses.ts";
import reference from "../vectors/contrastive.json" with { type: "json" };
import { checkTraining, threeSteps } from "../training/reference_steps.ts";

const options = { ...nnclr.defaults, hidden: 10, projection: 5, predictorHidden: 7, queue: 32 };
const firstMemory = () => ({ queue: l2Normalize(tensor("queue", [32, 5])) });

Deno.test("nearest equals the loop over the queue by distance", async () => {
  const [n, m, d] = [6, 9, 3];
  const z = uniform("z", n * d);
  const queue = l2Normalize(tensor("queue", [m, d]));
  const rows = await queue.array();
  const expected = Array.from({ length: n }, (_, i) => {
    const x = [...z.slice(i * d, (i + 1) * d)], length = Math.hypot(...x);
    const distance = (row: number[]) => Math.hypot(...row.map((v, k) => v - x[k] / length));
    return rows.reduce((best, row) => distance(row) < distance(best) ? row : best);
  });
  deepStrictEqual(await nearest(tf.tensor2d(z, [n, d]), queue).array(), expected);
});

Deno.test("no gradient flows through the choice of neighbours", async () => {
  const queue = l2Normalize(tensor("queue", [9, 3]));
  const { gradients } = valueAndGradients(({ z, p }) => ({
    value: nnclrLoss(nearest(z, queue), p, { temperature: 0.2 }),
    aux: {},
  }), { z: tensor<tf.Tensor2D>("z", [4, 3]), p: tensor<tf.Tensor2D>("p", [4, 3]) });
  deepStrictEqual([...await gradients.z.data()], Array(12).fill(0));
  ok(Math.hypot(...await gradients.p.data()) > 0.1);
});

Deno.test("nnclrLoss of a batch of one pair is a clear error", () =>
  checkOnePair((a, b) => nnclrLoss(a, b, { temperature: 0.2 })));

Deno.test("three steps of nnclr equal torch's on lightly's modules: losses, weights, queue", () =>
  checkTraining(nnclr, { options, memory: firstMemory() }, reference.training.nnclr));

Deno.test("three steps of nnclr without negatives of one's class equal torch's", async () => {
  const excluding = { ...options, excludeSameClass: true };
  const { losses } = await threeSteps(nnclr, { options: excluding, memory: firstMemory() });
  close(losses, reference.training_excluded.nnclr, 1e-4, "losses");
});

Deno.test("nnclr refuses a batch that is larger than its queue", () =>
  rejects(
    () => threeSteps(nnclr, { options: { ...options, queue: 7 } }),
    (error: Error) =>
      error instanceof Problem && /NNCLR.*8 pairs.*queue of 7.*raise queue/.test(error.message),
  ));
