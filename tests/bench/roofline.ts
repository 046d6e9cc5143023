/**
 * `deno task bench roofline [--json] [--only CASE]`: how near a training step comes to what the
 * engine can, and where its time goes.
 *
 * The step is bench engine's. Its rate counts the operations of direct convolutions and of matrix
 * products, and is compared with the engine's own fastest convolution of the network's sizes and its
 * fastest matrix product, measured in turn with the step. Convolutions by Winograd's transforms do
 * their work with fewer multiplications: the share may pass 1. The table runs the step's operations
 * one by one, each with all cores.
 */
import { consoleProgress } from "../../lib/base/progress.ts";
import { dispose, tf } from "../../lib/engine/mod.ts";
import { type OperationTime, operationTimes } from "../../lib/engine/profile.ts";
import { simclr } from "../../lib/methods/simclr.ts";
import { plainStep, pretrainingStep } from "../../lib/training/step.ts";
import { floatingPointOperations } from "./support/operations.ts";
import { format, header, rateRow, type Row, table } from "./support/report.ts";
import { inTurn } from "./support/rounds.ts";
import { warmUp } from "./support/steps.ts";
import { type Network, repeated, stepArguments, trainerOf } from "./support/training_steps.ts";

type Precision = "fp32" | "bf16";

const networks: Record<string, { network: Network; pairs: number }> = {
  "ResNet-10 w32": { network: { blocks: [1, 1, 1, 1], width: 32 }, pairs: 64 },
  "ResNet-18 w64": { network: { blocks: [2, 2, 2, 2], width: 64 }, pairs: 64 },
};

/** What `--only` can name. */
export const cases = Object.keys(networks).flatMap((name) => [`${name} fp32`, `${name} bf16`]);

export async function run({ json, only }: { json: boolean; only?: string }): Promise<void> {
  (json ? console.error : console.log)(header(undefined).split("\n")[0]);
  for (const name of cases.filter((name) => only === undefined || name === only)) {
    await roofline(name, json);
  }
}

async function roofline(name: string, json: boolean): Promise<void> {
  const precision = name.slice(-4) as Precision;
  const { network, pairs } = networks[name.slice(0, -5)];
  const trainer = trainerOf(network, simclr);
  const step = repeated(pretrainingStep({ ...trainer, precision }), trainer, pairs);
  const times = operationTimes(plainStep(trainer), stepArguments(trainer, pairs), {
    ...{ precision, rounds: 3 },
  });
  const work = times.reduce((sum, time) => sum + floatingPointOperations(time), 0);
  await warmUp({ step }, consoleProgress(`${name}: warming up`));
  const rates = await inTurn({
    "step": async () => work / (await step(1)).seconds / 1e9,
    "convolution": () => fastest(convolutions(network, 2 * pairs), precision),
    "matrix product": () => fastest([2048, 4096].map(squareProduct), precision),
  }, { rounds: 5, progress: consoleProgress(name) });
  const { step: { median: ours } } = rates;
  const compared = (["convolution", "matrix product"] as const).map((peer) =>
    rateRow({
      ...{ bench: "roofline", case: `${name}: step / fastest ${peer}`, unit: "GFLOP/s" },
      ...{ ours, peer: rates[peer].median },
    })
  );
  if (!json) console.log(`\n${name}, ${2 * pairs} views a step\n${operationTable(times)}\n`);
  console.log(format([...compared, ...shares(name, times)], { json }));
}

/** A function whose operations can be timed, and its arguments. */
type Timed = { fn: (...args: tf.Tensor[]) => tf.Tensor; args: tf.Tensor[] };

/** The 3x3 convolution that most of each stage consists of. */
function convolutions({ blocks, width }: Network, views: number): Timed[] {
  return blocks.map((_, stage) => {
    const channels = width << stage, side = 32 >> stage;
    const x = tf.randomNormal([views, side, side, channels]);
    const kernel = tf.randomNormal([3, 3, channels, channels]);
    return {
      fn: (x, kernel) => tf.conv2d(x as tf.Tensor4D, kernel as tf.Tensor4D, 1, "same"),
      args: [x, kernel],
    };
  });
}

/** Always in float32, as in a step. */
function squareProduct(side: number): Timed {
  const square = () => tf.randomNormal([side, side]);
  return {
    fn: (x, y) => tf.matMul(x as tf.Tensor2D, y as tf.Tensor2D),
    args: [square(), square()],
  };
}

/** The highest rate, in GFLOP/s, that one of them reaches; frees their arguments. */
function fastest(all: Timed[], precision: Precision): Promise<number> {
  const rates = all.map(({ fn, args }) => {
    const times = operationTimes(fn, args, { precision, rounds: 3 });
    dispose(args);
    return Math.max(
      ...times.map((time) => floatingPointOperations(time) / time.milliseconds / 1e6),
    );
  });
  return Promise.resolve(Math.max(...rates));
}

type Group = { name: string; count: number; milliseconds: number; work: number };

/** Operations of one kind together, those that take longest first. */
function grouped(times: OperationTime[]): Group[] {
  const groups = new Map<string, Group>();
  for (const time of times) {
    const name = nameOf(time);
    const group = groups.get(name) ?? { name, count: 0, milliseconds: 0, work: 0 };
    groups.set(name, {
      name,
      count: group.count + 1,
      milliseconds: group.milliseconds + time.milliseconds,
      work: group.work + floatingPointOperations(time),
    });
  }
  return [...groups.values()].sort((a, b) => b.milliseconds - a.milliseconds);
}

function nameOf({ name, low }: OperationTime): string {
  if (name === "MapDefun") return "convolutions by Winograd";
  return low ? `${name}, bf16` : name;
}

function operationTable(times: OperationTime[]): string {
  const groups = grouped(times);
  const total = groups.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  const lines = groups.filter(({ milliseconds }) => milliseconds >= total / 1000)
    .map(({ name, count, milliseconds, work }) => [
      name,
      `${count}`,
      milliseconds.toFixed(1),
      (100 * milliseconds / total).toFixed(1),
      work === 0 ? "-" : (work / milliseconds / 1e6).toFixed(0),
    ]);
  return table([["operation", "count", "ms", "%", "GFLOP/s"], ...lines]);
}

/** The share of each kind of operation, in the sum of their times. */
function shares(name: string, times: OperationTime[]): Row[] {
  const groups = grouped(times);
  const total = groups.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  return groups.filter(({ milliseconds }) => milliseconds >= total / 200).map((group) => ({
    ...{ bench: "roofline", case: `${name}: ${group.name}`, unit: "ms" },
    ...{ ours: group.milliseconds, peer: null, ratio: group.milliseconds / total },
  }));
}
