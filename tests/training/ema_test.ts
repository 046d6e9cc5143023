import { deepStrictEqual, throws } from "node:assert/strict";
import { leaves, tf } from "../../lib/engine/mod.ts";
import { follow } from "../../lib/training/ema.ts";
import { close, tensor, uniform } from "../vectors/inputs.ts";

Deno.test("follow equals a loop over all weights, over several steps", async () => {
  let average = { backbone: { w: tensor("w", [2, 3]) }, heads: [tensor("bias", [3])] };
  const expected = [uniform("w", 6), uniform("bias", 3)].map((values) => [...values]);
  for (const [step, tau] of [0.99, 0.5, 0, 0.996, 1].entries()) {
    const weights = {
      backbone: { w: tensor(`w ${step}`, [2, 3]) },
      heads: [tensor(`bias ${step}`, [3])],
    };
    average = follow(average, weights, tf.scalar(tau));
    for (const [k, name] of ["w", "bias"].entries()) {
      const values = uniform(`${name} ${step}`, expected[k].length);
      expected[k] = expected[k].map((m, i) => tau * m + (1 - tau) * values[i]);
      close(await leaves(average)[k][1].data(), expected[k], 1e-6, `step ${step} ${name}`);
    }
  }
});

Deno.test("follow: tau 1 keeps the average to the bit, tau 0 copies the weights", async () => {
  const average = { w: tensor("average", [5]) }, weights = { w: tensor("weights", [5]) };
  const after = async (tau: number) => [...await follow(average, weights, tf.scalar(tau)).w.data()];
  deepStrictEqual(await after(1), [...await average.w.data()]);
  deepStrictEqual(await after(0), [...await weights.w.data()]);
});

Deno.test("follow: another structure is an error that names the path", () => {
  throws(() => follow({ a: tf.scalar(1) }, { b: tf.scalar(1) }, tf.scalar(0)), /structure at \.a/);
});
