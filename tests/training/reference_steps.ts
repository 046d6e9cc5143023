/** Three training steps of a method, as `train` of tests/vectors/common.py takes them in torch. */
import { deepStrictEqual } from "node:assert/strict";
import { prng } from "../../lib/base/prng.ts";
import { dispose, leaves, mapTree, tf, type Tree } from "../../lib/engine/mod.ts";
import type { Method, Views } from "../../lib/methods/method.ts";
import type { Branch } from "../../lib/models/model.ts";
import { resnet } from "../../lib/models/resnet.ts";
import { sgd } from "../../lib/training/optimizers.ts";
import { initialState, pretrainingStep, type TrainingState } from "../../lib/training/step.ts";
import { close, filled, tensor } from "../vectors/inputs.ts";

const backbone = resnet({
  architecture: "resnet",
  block: "basic",
  blocks: [1, 1],
  width: 3,
  stem: "cifar",
});
const labels = [0, 1, 0, 2, 1, 0, 2, 3];
const sizes = { features: backbone.features, classes: 4 };
const optimizer = sgd({ momentum: 0.9, weightDecay: 1e-3 });

/** What torch found: every number of every tensor, in torch's layout, by its path. */
export interface Reference {
  losses: number[];
  online: Record<string, number[]>;
  momentum: Record<string, number[]>;
  memory: Record<string, number[]>;
}

/** The method's options, and what common.py's `train` was given. */
export interface Setup<Options> {
  options: Options;
  /** Beside the learning rate: `tau` and the method's own schedules at a step. */
  at?: (step: number) => Record<string, number>;
  memory?: Tree;
  /** Small views of each image. */
  crops?: number;
  precision?: "fp32" | "bf16";
  recompute?: boolean;
}

/** The losses of three steps and the state after them. */
export async function threeSteps<Options>(
  method: Method<Options>,
  { options, at = () => ({}), memory, crops = 0, precision = "fp32", recompute }: Setup<Options>,
): Promise<{ losses: number[]; state: TrainingState }> {
  const trainer = { backbone, method, options, sizes, optimizer, precision, recompute };
  const step = pretrainingStep(trainer);
  const made = initialState(trainer, { backbone: backbone.init(prng(0)), prng: prng(0) });
  const params = filled(made.params);
  const heads = method.project?.(params.heads as Branch) ?? params.heads;
  let state: TrainingState = {
    params: { ...params, heads },
    stats: filled(made.stats),
    momentum: { params: filled(made.momentum.params), stats: filled(made.momentum.stats) },
    memory: memory ?? made.memory,
    optimizer: mapTree((t) => tf.zerosLike(t), made.optimizer),
  };
  const losses: number[] = [];
  for (let i = 0; i < 3; i++) {
    const views = viewsOf(i, crops);
    const numbers = Object.entries({ learningRate: 0.05, ...at(i) });
    const scalars = Object.fromEntries(numbers.map(([name, x]) => [name, tf.scalar(x)]));
    const { state: next, measures } = await step.async(state, views, scalars);
    state = next;
    losses.push((await measures.loss.data())[0]);
    dispose(views, scalars, measures);
  }
  return { losses, state };
}

/** Asserts that losses, weights, running statistics, averages and memory are torch's, to 1e-4. */
export async function checkTraining<Options>(
  method: Method<Options>,
  setup: Setup<Options>,
  expected: Reference,
): Promise<void> {
  const { losses, state: { params, stats, momentum, memory } } = await threeSteps(method, setup);
  close(losses.slice(0, 1), expected.losses.slice(0, 1), 1e-5, `${method.name}: first loss`);
  close(losses, expected.losses, 1e-4, `${method.name}: losses`);
  await checkTensors([params, stats], expected.online, `${method.name}: online`);
  await checkTensors(
    [momentum.params, momentum.stats],
    expected.momentum,
    `${method.name}: average`,
  );
  await checkTensors([memory], expected.memory, `${method.name}: memory`);
}

async function checkTensors(trees: Tree[], expected: Record<string, number[]>, what: string) {
  const ours = new Map(
    trees.flatMap((tree) => leaves(tree)).map(([path, t]) => [path.slice(1), t]),
  );
  deepStrictEqual([...ours.keys()].sort(), Object.keys(expected).sort(), `${what}: names`);
  for (const [name, leaf] of ours) {
    close(await torchLayout(leaf).data(), expected[name], 1e-4, `${what} ${name}`);
  }
}

/** […, in, out] as torch has it, [out, in, …]. */
function torchLayout(x: tf.Tensor): tf.Tensor {
  if (x.rank === 4) return x.transpose([3, 2, 0, 1]);
  return x.rank === 2 ? x.transpose() : x;
}

function viewsOf(step: number, crops: number): Views {
  const image = (name: string, side: number) =>
    tensor<tf.Tensor4D>(name, [labels.length, side, side, 3]);
  const kinds = ["anchor", "partner"];
  return {
    anchor: image(`anchor ${step}`, 16),
    partner: image(`partner ${step}`, 16),
    crops: Array.from(
      { length: crops },
      (_, i) => kinds.map((kind) => image(`${kind} crop ${i} ${step}`, 8)),
    ).flat(),
    labels: tf.tensor1d(labels, "int32"),
  };
}
