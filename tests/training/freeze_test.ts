import { deepStrictEqual, notDeepStrictEqual } from "node:assert/strict";
import { leaves, tf, type Tree } from "../../lib/engine/mod.ts";
import type { Method } from "../../lib/methods/method.ts";
import { simclr, type SimclrOptions } from "../../lib/methods/simclr.ts";
import { holdBack } from "../../lib/training/freeze.ts";
import { optimizer, type OptimizerConfig } from "../../lib/training/optimizers.ts";
import { descend, schedulesOf, type TrainingState } from "../../lib/training/step.ts";
import { close } from "../vectors/inputs.ts";

async function numbers(tree: Tree): Promise<Record<string, number[]>> {
  const entries = leaves(tree).map(async ([path, t]): Promise<[string, number[]]> => [
    path,
    [...await t.data()],
  ]);
  return Object.fromEntries(await Promise.all(entries));
}

const tree = (x: number) => ({
  params: {
    backbone: { frozen: tf.scalar(x) }, // a layer of that name is not the head
    heads: { frozen: { weight: tf.tensor1d([x, x]) }, frozen2: { weight: tf.scalar(x) } },
  },
  optimizer: { mean: { heads: { frozen: { weight: tf.tensor1d([x, x]) } } } },
});

Deno.test("what is held back is the head, and what the optimizer keeps of it, alone", async () => {
  const held = holdBack(tree(1), tree(2), "frozen", tf.scalar(0));
  deepStrictEqual(await numbers(held), {
    ".optimizer.mean.heads.frozen.weight": [1, 1],
    ".params.backbone.frozen": [2],
    ".params.heads.frozen.weight": [1, 1],
    ".params.heads.frozen2.weight": [2],
  });
  const released = holdBack(tree(1), tree(2), "frozen", tf.scalar(1));
  deepStrictEqual(await numbers(released), await numbers(tree(2)));
});

const method: Method<SimclrOptions> = {
  ...simclr,
  frozen: { head: "projector", epochs: () => 1 },
};
const optimizers: OptimizerConfig[] = [
  { name: "sgd", learningRate: 0.1, momentum: 0.9, weightDecay: 0.01 },
  { name: "lars", learningRate: 0.1, momentum: 0.9, weightDecay: 0.01 },
  { name: "adamw", learningRate: 0.1, weightDecay: 0.01 },
];

const network = (x: number) => ({
  backbone: { weight: tf.fill([2, 2], x) },
  heads: { projector: { weight: tf.fill([2, 2], x), bias: tf.fill([2], x) } },
});

for (const config of optimizers) {
  Deno.test(`${config.name}: a frozen head stands still, and then starts as in a first step`, async () => {
    const rule = optimizer(config);
    const params = network(1);
    const stats = { backbone: {}, heads: {} };
    const start: TrainingState = {
      ...{ params, stats, memory: {}, optimizer: rule.init(params) },
      momentum: { params: stats, stats },
    };
    const step = (state: TrainingState, released: number) =>
      descend({ method, optimizer: rule })(state, network(0.5), {
        learningRate: tf.scalar(0.1),
        released: tf.scalar(released),
      });
    const ofHead = async ({ params, optimizer }: TrainingState) => {
      const all = Object.entries(await numbers({ params, optimizer }));
      return Object.fromEntries(all.filter(([path]) => path.includes("projector")));
    };
    const frozen = step(step(start, 0), 0);
    deepStrictEqual(await ofHead(frozen), await ofHead(start));
    notDeepStrictEqual(await numbers(frozen.params.backbone), await numbers(params.backbone));
    // Nothing of the frozen steps is left in it: no velocity, no count of steps.
    const [after, first] = [await ofHead(step(frozen, 1)), await ofHead(step(start, 1))];
    notDeepStrictEqual(after, await ofHead(start));
    for (const path of Object.keys(first)) close(after[path], first[path], 1e-7, path);
  });
}

Deno.test("a head is released when its epochs are over", () => {
  const { released } = schedulesOf(method, simclr.defaults, () => 0.1);
  const at = (step: number) => released({ step, total: 20, perEpoch: 5 });
  deepStrictEqual([0, 4, 5, 19].map(at), [0, 0, 1, 1]);
});
