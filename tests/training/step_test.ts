import { ok } from "node:assert/strict";
import { prng } from "../../lib/base/prng.ts";
import { dispose, tf } from "../../lib/engine/mod.ts";
import { resolveMethod } from "../../lib/methods/index.ts";
import { resnet, type ResNetConfig } from "../../lib/models/resnet.ts";
import { sgd } from "../../lib/training/optimizers.ts";
import { initialState, pretrainingStep } from "../../lib/training/step.ts";
import { close, closeRecords, filled, norms, reference, tensor } from "../vectors/learning.ts";

const expected = reference.pretraining;
const shape = [8, 16, 16, 3];

/** Three steps of SimCLR on fixed views with fixed weights, as learning.py takes them. */
async function threeSteps(precision: "fp32" | "bf16") {
  const backbone = resnet(expected.config as ResNetConfig);
  const { method, options } = resolveMethod({
    name: "simclr",
    options: { hidden: 16, projection: 8 },
  });
  const optimizer = sgd({ momentum: 0.9, weightDecay: 1e-3 });
  const step = pretrainingStep({ backbone, method, options, optimizer, precision });
  const weights = ({ params, stats }: ReturnType<typeof backbone.init>) => ({
    params: filled(params),
    stats: filled(stats),
  });
  let state = initialState(optimizer, {
    backbone: weights(backbone.init(prng(0))),
    heads: weights(method.init(prng(0), backbone.features, options)),
  });
  const losses: number[] = [];
  for (let i = 0; i < 3; i++) {
    const anchor = tensor<tf.Tensor4D>(`anchor ${i}`, shape);
    const partner = tensor<tf.Tensor4D>(`partner ${i}`, shape);
    const rate = tf.scalar(0.05);
    const result = await step.async(state, { anchor, partner }, rate);
    state = result.state;
    losses.push((await result.loss.data())[0]);
    dispose(anchor, partner, rate, result.loss);
  }
  return { losses, state };
}

Deno.test("three steps of SimCLR equal torch's: losses, weights, running statistics", async () => {
  const { losses, state: { params, stats } } = await threeSteps("fp32");
  close(losses.slice(0, 1), expected.losses.slice(0, 1), 1e-5, "first loss");
  close(losses, expected.losses, 1e-4, "losses");
  for (const part of ["backbone", "heads"] as const) {
    const ours = { ...await norms(params[part]), ...await norms(stats[part]) };
    const theirs: Record<string, number> = expected[part === "heads" ? "head" : "backbone"];
    closeRecords(ours, theirs, 1e-4, part);
  }
});

Deno.test("in bf16 the first loss is the same to that precision, and no more", async () => {
  const { losses } = await threeSteps("bf16");
  close(losses.slice(0, 1), expected.losses.slice(0, 1), 0.01, "first loss");
  ok(Math.abs(losses[0] - expected.losses[0]) > 1e-5);
});
