import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { Problem } from "../../lib/base/problem.ts";
import { prng } from "../../lib/base/prng.ts";
import { dispose, leaves, liveTensors, tensors, tf } from "../../lib/engine/mod.ts";
import type { Method, Views } from "../../lib/methods/method.ts";
import { mlp } from "../../lib/models/heads.ts";
import type { Branch, Model } from "../../lib/models/model.ts";
import { advancer } from "../../lib/training/advance.ts";
import { adamw, sgd } from "../../lib/training/optimizers.ts";
import { initialState, type TrainingState } from "../../lib/training/step.ts";
import { close, tensor } from "../vectors/inputs.ts";

/** Images of 2 x 2 px, as they are, to features; no batch norm, but it counts how often it runs. */
const pixels = 12;
const inner = mlp([pixels, 6], { norm: false });
const backbone: Model = {
  features: 6,
  init: (prng) => ({ ...inner.init(prng), stats: { runs: tf.scalar(0) } }),
  apply: ({ params, stats }, x, mode) => {
    const flat = x.reshape([-1, pixels]);
    const { y } = inner.apply({ params, stats: { 0: {} } }, flat, mode);
    return { y, stats: { runs: ((stats as Branch).runs as tf.Tensor).add(1) } };
  },
};

/** The mean over all pairs of |head(anchor) - partner's average features|^2. */
function toy(head: Model): Method<Record<string, never>> {
  return {
    name: "toy",
    title: "Toy",
    family: "asymmetric",
    defaults: {},
    heads: () => ({ predictor: head }),
    momentum: { heads: [], tau: () => () => 0.9 },
    memory: () => ({ seen: tf.scalar(0), last: tf.zeros([2, 6]) }),
    loss: ({ online, momentum, views: { anchor, partner }, memory }) => {
      const n = anchor.shape[0];
      if (n < 2) throw new Problem(`a batch of ${n} pair`);
      const predicted = online.head("predictor", online.backbone(anchor));
      const target = momentum.backbone(partner);
      const { seen } = memory as Branch;
      return {
        value: predicted.sub(target).square().sum(1).mean() as tf.Scalar,
        memory: { seen: (seen as tf.Tensor).add(1), last: target.slice([n - 2, 0], [2, 6]) },
      };
    },
  };
}

const plain = toy(mlp([6, 6], { norm: false }));
const at = { learningRate: 0.1, tau: 0.9 };

function setup(method = plain, optimizer = sgd({ momentum: 0.9, weightDecay: 1e-2 })) {
  const sizes = { features: 6, classes: 3 };
  const trainer = { backbone, method, options: {}, sizes, optimizer, precision: "fp32" as const };
  const initial = () => initialState(trainer, { backbone: backbone.init(prng(1)), prng: prng(2) });
  return { advance: advancer(trainer), initial };
}

/** The pairs from .. to of a batch of twelve, as views. */
function part(step: number, from: number, to: number): Views {
  const image = (kind: string) => {
    const all = tensor<tf.Tensor4D>(`${kind} ${step}`, [12, 2, 2, 3]);
    return tf.tidy(() => all.slice([from, 0, 0, 0], [to - from, 2, 2, 3]));
  };
  const labels = Array.from({ length: to - from }, (_, i) => (from + i) % 3);
  return tf.tidy(() => ({
    anchor: image("anchor"),
    partner: image("partner"),
    crops: [],
    labels: tf.tensor1d(labels, "int32"),
  })) as Views;
}

const inParts = (step: number, count: number): Views[] =>
  Array.from({ length: count }, (_, i) => part(step, 12 * i / count, 12 * (i + 1) / count));

async function threeSteps(count: number, { advance, initial } = setup()) {
  let state = initial();
  const losses: number[] = [];
  for (let step = 0; step < 3; step++) {
    const result = await advance(state, inParts(step, count), at);
    state = result.state;
    losses.push(result.told.loss);
  }
  return { losses, state };
}

Deno.test("without batch statistics, parts take the steps of the whole batch", async () => {
  for (
    const optimizer of [sgd({ momentum: 0.9, weightDecay: 1e-2 }), adamw({ weightDecay: 1e-2 })]
  ) {
    const whole = await threeSteps(1, setup(plain, optimizer));
    for (const count of [2, 3, 6]) {
      const parts = await threeSteps(count, setup(plain, optimizer));
      close(parts.losses, whole.losses, 1e-6, `losses in ${count} parts`);
      const weights = ({ params, momentum, optimizer }: TrainingState) =>
        leaves([params, momentum.params, optimizer]);
      const expected = weights(whole.state);
      for (const [i, [path, weight]] of weights(parts.state).entries()) {
        close(await weight.data(), await expected[i][1].data(), 1e-6, `${count} parts: ${path}`);
      }
      dispose(parts.state);
    }
    dispose(whole.state);
  }
});

Deno.test("statistics and memory go on from part to part", async () => {
  for (const count of [1, 2, 6]) {
    const { state } = await threeSteps(count);
    const { stats, momentum, memory } = state;
    const number = async (tree: unknown) => (await ((tree as Branch).runs as tf.Tensor).data())[0];
    strictEqual(await number(stats.backbone), 3 * count);
    strictEqual(await number(momentum.stats.backbone), 3 * count);
    const { seen, last } = memory as { seen: tf.Scalar; last: tf.Tensor2D };
    deepStrictEqual([...await seen.data()], [3 * count]);
    ok((await last.data()).some((x) => x !== 0));
    dispose(state);
  }
});

Deno.test("batch norm's running statistics are those of one part after the other", async () => {
  const head = mlp([6, 5, 6]);
  const { advance, initial } = setup(toy(head));
  const before = initial();
  const variables = {
    params: (before.params.heads as Branch).predictor,
    stats: (before.stats.heads as Branch).predictor,
  };
  let expected = variables.stats;
  for (const views of inParts(0, 2)) {
    const { params } = before;
    const stats = before.stats.backbone;
    const mode = { training: true };
    const { y } = backbone.apply({ params: params.backbone, stats }, views.anchor, mode);
    expected = head.apply({ ...variables, stats: expected }, y, mode).stats;
  }
  const numbers = await Promise.all(tensors(expected).map((t) => t.data()));
  const { state } = await advance(before, inParts(0, 2), at);
  for (const [i, t] of tensors((state.stats.heads as Branch).predictor).entries()) {
    close(await t.data(), numbers[i], 1e-5, `statistic ${i}`);
  }
});

Deno.test("a step takes over state and views, and leaves nothing but the next state", async () => {
  const { advance, initial } = setup();
  for (const count of [1, 3]) {
    const before = liveTensors();
    const first = initial();
    const size = tensors(first).length;
    const views = inParts(0, count);
    const given = liveTensors().tensors;
    strictEqual(given, before.tensors + size + 3 * count);
    const { state } = await advance(first, views, at);
    strictEqual(tensors(state).length, size);
    deepStrictEqual(liveTensors().tensors, before.tensors + size);
    ok(tensors([first, views]).every((tensor) => tensor.isDisposed));
    dispose(state);
    deepStrictEqual(liveTensors(), before);
  }
});

Deno.test("a step that fails leaves nothing behind, in whichever part it fails", async () => {
  const { advance, initial } = setup();
  const before = liveTensors();
  const failing = [[part(0, 0, 1)], [part(0, 0, 1), part(0, 1, 2)], [part(0, 0, 2), part(0, 2, 3)]];
  for (const views of failing) {
    await rejects(
      advance(initial(), views, at),
      (error: Error) => error instanceof Problem && /a batch of 1 pair/.test(error.message),
    );
  }
  deepStrictEqual(liveTensors(), before);
});

Deno.test("a step in parts tells the mean of what its parts find", async () => {
  const { advance, initial } = setup();
  const told = async (views: Views[]) => {
    const { state, told } = await advance(initial(), views, at);
    dispose(state);
    return told;
  };
  const halves = [await told([part(0, 0, 4)]), await told([part(0, 4, 8)])];
  const both = await told([part(0, 0, 4), part(0, 4, 8)]);
  const mean = (key: "loss" | "sameClassNegatives") => (halves[0][key] + halves[1][key]) / 2;
  close([both.loss, both.sameClassNegatives], [mean("loss"), mean("sameClassNegatives")], 1e-6, "");
  close([both.sameClassNegatives], [1 / 6], 1e-6, "two of twelve ordered pairs are of one class");
});
