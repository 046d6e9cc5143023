import { deepStrictEqual, throws } from "node:assert/strict";
import { Problem } from "../../lib/base/problem.ts";
import { leaves, tf, type Tree } from "../../lib/engine/mod.ts";
import { holdBack } from "../../lib/training/freeze.ts";
import { adamw, lars, type Optimizer, optimizer, sgd } from "../../lib/training/optimizers.ts";
import { close, tensor } from "../vectors/inputs.ts";
import reference from "../vectors/optimizers.json" with { type: "json" };

const shapes = { weight: [4, 3], bias: [3], zero: [2, 2], still: [2, 2] };
const rates = [0.1, 0.4, 0.3, 0.2, 0.05];

type Setup = {
  steps: Record<string, number[]>[];
  gradientScale?: number;
  /** In so many steps, `weight` does not learn. */
  heldBack?: number;
};

/** Takes the five steps of optimizers.py and compares all weights after each. */
async function checkSteps(descent: Optimizer, setup: Setup, tolerance = 1e-5): Promise<void> {
  const { steps, gradientScale = 1, heldBack = 0 } = setup;
  let params: Tree = trees((name, shape) =>
    name === "zero" ? tf.zeros(shape) : tensor(name, shape)
  );
  let state = descent.init(params);
  for (const [step, expected] of steps.entries()) {
    const gradients = trees((name, shape) => {
      const still = name === "still" && step === 0;
      return tensor(`${name} gradient ${step}`, shape).mul(still ? 0 : gradientScale);
    });
    const learningRate = tf.scalar(rates[step]);
    const after = descent.update({ params, gradients, state, learningRate });
    const released = tf.scalar(step < heldBack ? 0 : 1);
    ({ params, state } = holdBack({ params, state }, after, "weight", released));
    for (const [path, weight] of leaves(params)) {
      const name = path.split(".")[2];
      close(await weight.data(), expected[name], tolerance, `step ${step} ${name}`);
    }
  }
}

const trees = (make: (name: string, shape: number[]) => tf.Tensor): Tree => ({
  heads: Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => [name, { value: make(name, shape) }]),
  ),
});

Deno.test("sgd takes torch's steps, with and without Nesterov; biases do not decay", async () => {
  for (const { steps, ...config } of reference.sgd) await checkSteps(sgd(config), { steps });
});

Deno.test("lars takes solo-learn's steps, with gradients of any size", async () => {
  for (const { momentum, weightDecay, ...setup } of reference.lars) {
    await checkSteps(lars({ momentum, weightDecay }), setup);
  }
});

Deno.test("adamw takes torch's steps, with gradients of any size, a head held back or not", async () => {
  for (const { betas: [beta1, beta2], weightDecay, ...setup } of reference.adamw) {
    await checkSteps(adamw({ betas: [beta1, beta2], weightDecay }), setup);
  }
  const { betas: _, weightDecay, ...setup } = reference.adamw[0];
  await checkSteps(adamw({ weightDecay }), setup); // the defaults are torch's
});

Deno.test("adamw's first step has the rate's length in every direction", async () => {
  const params = { w: tf.zeros([1, 3]) }, gradients = { w: tf.tensor2d([[1e-4, -1, 1e4]]) };
  const descent = adamw({ weightDecay: 0 });
  const learningRate = tf.scalar(0.5), state = descent.init(params);
  const [[, w]] = leaves(descent.update({ params, gradients, state, learningRate }).params);
  close(await w.data(), [-0.5, 0.5, -0.5], 2e-4, "step");
});

Deno.test("weight decay exempts what has one axis; kernels of 1 x 1 and class tokens decay", async () => {
  const shapes = { bias: [3], gain: [1], kernel: [1, 1, 2, 2], token: [1, 1, 4] };
  const filled = (x: number) =>
    Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, tf.fill(shape, x)]));
  const config = { learningRate: 0.5, momentum: 0.9, weightDecay: 0.1 };
  for (const name of ["sgd", "adamw"] as const) {
    const descent = optimizer({ name, ...config });
    const params = filled(1), gradients = filled(0), state = descent.init(params);
    const after = descent.update({ params, gradients, state, learningRate: tf.scalar(0.5) });
    for (const [path, weight] of leaves(after.params)) {
      const expected = path === ".bias" || path === ".gain" ? 1 : 0.95;
      close(await weight.data(), Array(weight.size).fill(expected), 1e-6, `${name} ${path}`);
    }
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

Deno.test("lars: nothing moves, and nothing is NaN, where weight, gradient and rate are 0", async () => {
  const params = { w: tf.zeros([2, 2]) }, learningRate = tf.scalar(0);
  const descent = lars({ momentum: 0.9, weightDecay: 0 });
  const state = descent.init(params);
  const after = descent.update({ params, gradients: params, state, learningRate });
  for (const [, t] of leaves([after.params, after.state])) {
    deepStrictEqual([...await t.data()], [0, 0, 0, 0]);
  }
});

Deno.test("an unknown optimizer is a Problem that lists what there is", () => {
  const config = { name: "adam" as "sgd", learningRate: 1, momentum: 0, weightDecay: 0 };
  throws(
    () => optimizer(config),
    (error: Error) => error instanceof Problem && /"adam".*sgd, lars or adamw/.test(error.message),
  );
});
