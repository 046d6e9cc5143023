import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { Problem } from "../../lib/base/problem.ts";
import { prng } from "../../lib/base/prng.ts";
import type { Dataset } from "../../lib/datasets/dataset.ts";
import { subset } from "../../lib/datasets/subset.ts";
import { dispose, liveTensors, tensors } from "../../lib/engine/mod.ts";
import { ericssonGrid, type Finetune, finetune } from "../../lib/evaluation/finetune.ts";
import { stratifiedSplit } from "../../lib/evaluation/split.ts";
import type { ResNetConfig } from "../../lib/models/resnet.ts";
import { initialBackbone } from "../../lib/training/fit.ts";
import { toyDataset } from "../training/toy.ts";

const backbone: ResNetConfig = {
  architecture: "resnet",
  block: "basic",
  blocks: [1],
  width: 8,
  stem: "strided",
};
const variables = initialBackbone(backbone, 1);
const train = toyDataset(60), test = { ...toyDataset(20), name: "other toy" };
const good = { learningRate: 0.1, weightDecay: 1e-4 };
const slow = { learningRate: 1e-6, weightDecay: 0 };
const mad = { learningRate: 1e30, weightDecay: 0 };
const run: Finetune = {
  ...{ backbone, variables, train, test, size: 32, seed: 1 },
  ...{ grid: [slow, good], steps: 25, batchSize: 32 },
};

Deno.test("fine-tuning learns, by the best setting, and leaves the backbone alone", async () => {
  const values = () => Promise.all(tensors(variables).map((x) => x.data()));
  const first = await finetune(run);
  const [held, before] = [await values(), liveTensors()];
  const { accuracy, chosen, tried, losses } = await finetune(run);
  deepStrictEqual(liveTensors(), before);
  deepStrictEqual(await values(), held);
  deepStrictEqual(first, { accuracy, chosen, tried, losses }, "the same draws each time");
  deepStrictEqual(chosen, good);
  strictEqual(losses.length, 25);
  ok(losses[24] < losses[0] / 2, `${losses}`);
  ok(accuracy.top1 > 0.9 && accuracy.meanPerClass > 0.9 && accuracy.top5 === 1);
  const [worse, better] = tried.map(({ validation }) => validation!.top1);
  ok(worse < 0.6 && better > 0.9, `${worse}, ${better}`);
});

Deno.test("fine-tuning chooses on the linear probe's split, not on test images", async () => {
  const grid = [{ ...good, learningRate: 0.01 }, { ...good, learningRate: 0.02 }];
  const { tried, chosen, losses } = await finetune({ ...run, grid, steps: 8 });
  const { larger, smaller } = stratifiedSplit(labelsOf(train), 0.2, prng(1));
  const part = (indices: number[]) => subset(train, indices, { name: "part" });
  for (const [i, setting] of grid.entries()) {
    const parts = { train: part(larger), test: part(smaller) };
    const alone = await finetune({ ...run, ...parts, grid: [setting], steps: 8 });
    deepStrictEqual(alone.accuracy, tried[i].validation);
    deepStrictEqual(alone.tried, [], "one setting leaves nothing to choose");
  }
  const mislabelled: Dataset = { ...test, label: (i) => (i + 1) % 4 };
  const other = await finetune({ ...run, grid, steps: 8, test: mislabelled });
  deepStrictEqual(other.tried, tried);
  const whole = await finetune({ ...run, grid: [chosen], steps: 8 });
  deepStrictEqual(whole.losses, losses, "trained on all images, from the start again");
});

Deno.test("fine-tuning records a setting that diverges, and does not choose it", async () => {
  const { tried, chosen } = await finetune({ ...run, grid: [mad, good], steps: 10 });
  deepStrictEqual(chosen, good);
  ok(tried[0].divergedAt! >= 1 && tried[0].divergedAt! <= 10 && !tried[0].validation);
  strictEqual(tried[1].divergedAt, undefined);
  // After a single step the only loss is finite, the weights are not worth anything.
  const once = await finetune({ ...run, grid: [{ ...mad, learningRate: 1e38 }, good], steps: 1 });
  deepStrictEqual([once.tried[0].divergedAt, once.chosen], [1, good]);
});

Deno.test("fine-tuning: where all settings diverge, it is a Problem", async () => {
  const before = liveTensors();
  await refuses(
    { grid: [mad, { ...mad, learningRate: 1e29 }] },
    /diverged.*1e\+30 \(after \d steps\), 1e\+29/,
  );
  await refuses({ grid: [mad] }, /fine-tuning on toy diverged.*1e\+30/);
  deepStrictEqual(liveTensors(), before);
});

Deno.test("fine-tuning tells of its progress, and can be stopped at any step", async () => {
  const told: [number, number, string?][] = [];
  const stop = new AbortController();
  const before = liveTensors();
  const progress = (...line: [number, number, string?]) => {
    told.push(line);
    if (line[0] === 12) stop.abort(new Error("enough"));
  };
  await rejects(finetune({ ...run, steps: 5 }, { progress, signal: stop.signal }), /enough/);
  deepStrictEqual(liveTensors(), before);
  deepStrictEqual(told.map(([done]) => done), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  ok(told.every(([, total]) => total === 15));
  ok(/^rate 0.1, decay 0.0001 {2}loss \d\.\d+$/.test(told[6][2]!), `${told[6][2]}`);
});

Deno.test("fine-tuning in bfloat16 learns, too", async () => {
  const { accuracy } = await finetune({ ...run, grid: [good], precision: "bf16" });
  ok(accuracy.top1 > 0.9, `${accuracy.top1}`);
});

Deno.test("fine-tuning: input that cannot be used is a Problem that says why", async () => {
  await refuses({ grid: [] }, /needs a grid/);
  await refuses({ steps: 0 }, /steps is 0/);
  await refuses({ batchSize: 1 }, /batchSize is 1, it must be a whole number from 2/);
  await refuses({ grid: [{ learningRate: NaN, weightDecay: 0 }] }, /learning rate of NaN/);
  await refuses({ grid: [{ learningRate: 1, weightDecay: -1 }] }, /weight decay of -1/);
  await refuses({ test: toyDataset(0) }, /toy has no images/);
  await refuses({ test: { ...test, classes: ["a", "b", "c", "d"] } }, /differ in their classes/);
  const bare = { ...train, label: (i: number) => i === 7 ? -1 : i % 4 };
  await refuses({ train: bare }, /toy: image 7 has no label/);
  await refuses({ train: toyDataset(4) }, /no class has two images/);
});

Deno.test("fine-tuning: Ericsson's grid is that of finetune.py", () => {
  strictEqual(ericssonGrid.length, 20);
  deepStrictEqual(ericssonGrid[0], { learningRate: 0.1, weightDecay: 0 });
  deepStrictEqual(ericssonGrid[19], { learningRate: 1e-4, weightDecay: 10 });
  deepStrictEqual(ericssonGrid[8].learningRate, 0.01);
  ok(Math.abs(ericssonGrid[8].weightDecay - 1e-2) < 1e-12);
});

Deno.test("fine-tuning: the shared backbone is still there", () => {
  dispose(variables);
});

function labelsOf(dataset: Dataset): number[] {
  return Array.from({ length: dataset.length }, (_, i) => dataset.label(i));
}

async function refuses(change: Partial<Finetune>, message: RegExp) {
  await rejects(
    finetune({ ...run, ...change }),
    (error: Error) => error instanceof Problem && message.test(error.message),
  );
}
