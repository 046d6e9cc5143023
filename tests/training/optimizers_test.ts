import { throws } from "node:assert/strict";
import { Problem } from "../../lib/base/problem.ts";
import { leaves, tf } from "../../lib/engine/mod.ts";
import { lars, type Optimizer, optimizer, sgd } from "../../lib/training/optimizers.ts";
import { close, tensor } from "../vectors/inputs.ts";
import reference from "../vectors/optimizers.json" with { type: "json" };

const shapes = { weight: [4, 3], bias: [3], zero: [2, 2] };
const rates = [0.1, 0.4, 0.3, 0.2, 0.05];

type Steps = Record<string, number[]>[];

/** Takes the five steps of learning.py and compares all weights after each. */
async function checkSteps(descent: Optimizer, expected: Steps, gradientScale = 1): Promise<void> {
  let params: Record<string, tf.Tensor> = {
    weight: tensor("weight", shapes.weight),
    bias: tensor("bias", shapes.bias),
    zero: tf.zeros(shapes.zero),
  };
  let state = descent.init(params);
  for (const [step, weights] of expected.entries()) {
    const gradients = Object.fromEntries(
      Object.entries(shapes).map(([name, shape]) =>
        [name, tensor(`${name} gradient ${step}`, shape).mul(gradientScale)] as const
      ),
    );
    const learningRate = tf.scalar(rates[step]);
    const next = descent.update({ params, gradients, state, learningRate });
    params = next.params as typeof params;
    state = next.state;
    for (const [name, values] of Object.entries(weights)) {
      close(await params[name].data(), values, 1e-5, `step ${step} ${name}`);
    }
  }
}

Deno.test("sgd takes torch's steps; biases have no weight decay", async () => {
  for (const { steps, ...config } of reference.sgd) await checkSteps(sgd(config), steps);
});

Deno.test("lars takes solo-learn's steps", async () => {
  for (const { steps, gradientScale, ...config } of reference.lars) {
    await checkSteps(lars(config), steps, gradientScale);
  }
});

Deno.test("lars is never faster than sgd, and does not stall at a rate of 0", async () => {
  const w = { w: tf.fill([2, 2], 100) }, gradients = { w: tf.fill([2, 2], 1e-3) };
  const config = { momentum: 0, weightDecay: 0 };
  const after = async (descent: Optimizer, rate: number) => {
    const state = descent.init(w), learningRate = tf.scalar(rate);
    const { params } = descent.update({ params: w, gradients, state, learningRate });
    return await leaves(params)[0][1].data();
  };
  close(await after(lars(config), 0.5), await after(sgd(config), 0.5), 1e-7, "clipped");
  close(await after(lars(config), 0), [100, 100, 100, 100], 1e-7, "rate 0");
});

Deno.test("an unknown optimizer is a Problem that lists what there is", () => {
  const config = { name: "adam" as "sgd", learningRate: 1, momentum: 0, weightDecay: 0 };
  throws(
    () => optimizer(config),
    (error: Error) => error instanceof Problem && /"adam".*sgd or lars/.test(error.message),
  );
});
