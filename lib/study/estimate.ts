/** What a study will cost: hours by what its steps have taken here, GPU-hours on paper, disk. */
import { join } from "@std/path";
import { keyOf } from "../base/hash.ts";
import { prng } from "../base/prng.ts";
import type { Dataset } from "../datasets/dataset.ts";
import { dispose, tensors } from "../engine/mod.ts";
import { methods } from "../methods/index.ts";
import { multiplications } from "../models/cost.ts";
import { resnet50 } from "../models/presets.ts";
import { augmentedPairs } from "../pairs/augmented.ts";
import { batchesPerEpoch } from "../training/batches.ts";
import { fit, initialBackbone } from "../training/fit.ts";
import type { Cell, Run } from "./cell.ts";
import { pairsOf, splitsOf } from "./material.ts";
import { thisMachine } from "./run_cell.ts";
import { average } from "./stats.ts";

/** What is known of how long runs take here. */
export interface Paces {
  /** Seconds of a whole run, by its cell without arm and seed. */
  runs: Map<string, number>;
  /** Training steps a second, by what decides how long a step takes. */
  steps: Map<string, number>;
}

const runKeyOf = (cell: Cell) => keyOf({ ...cell, arm: workOf(cell), seed: null });

/** Views of each anchor and partner in a step, over those of most arms. */
const workOf = ({ arm }: Cell): number => arm === "both" ? 2 : 1;

function stepKeyOf(cell: Cell): string {
  const { backbone, method, training } = cell;
  const { batchSize, precision, parts, recompute, crops, views: { size } } = training;
  return keyOf({
    ...{ backbone, method, size, work: workOf(cell) },
    training: { batchSize, precision, parts, recompute, crops },
  });
}

/**
 * What the runs in a folder of results took on this machine; those of others tell nothing. Of runs that
 * had a share of its cores as many went side by side, and each counts as that share of its time.
 */
export async function storedPaces(folder: string): Promise<Paces> {
  const { hardware } = thisMachine(), cores = parseInt(hardware);
  const runs = (await storedRuns(join(folder, "runs"))).flatMap((run) => {
    const [, share = `${cores}`, whole] = /^(?:(\d+) of )?(.*)$/.exec(run.machine.hardware)!;
    if (whole !== hardware || !(run.stepsPerSecond > 0)) return [];
    const beside = cores / Number(share);
    const { seconds, stepsPerSecond } = run;
    return [{ ...run, seconds: seconds / beside, stepsPerSecond: stepsPerSecond * beside }];
  });
  const means = (key: (cell: Cell) => string, value: (run: Run) => number) =>
    new Map(
      Map.groupBy(runs, ({ inputs: { cell } }) => key(cell)).entries()
        .map(([name, group]) => [name, average(group.map(value))]),
    );
  return {
    runs: means(runKeyOf, ({ seconds }) => seconds),
    steps: means(stepKeyOf, ({ stepsPerSecond }) => stepsPerSecond),
  };
}

/** Whatever can be read: a damaged file has no say in an estimate. */
async function storedRuns(folder: string): Promise<Run[]> {
  const entries = await Array.fromAsync(Deno.readDir(folder)).catch(() => []);
  const runs = entries.filter(({ name }) => name.endsWith(".json")).map(async ({ name }) => {
    try {
      const run: Run = JSON.parse(await Deno.readTextFile(join(folder, name)));
      return run.inputs.cell && run.machine ? [run] : [];
    } catch {
      return [];
    }
  });
  return (await Promise.all(runs)).flat();
}

/**
 * Seconds that a cell will take here: what such runs took, else its steps at the pace of such steps,
 * probes not counted; undefined where neither is known.
 */
export async function secondsOf(cell: Cell, { runs, steps }: Paces): Promise<number | undefined> {
  const known = runs.get(runKeyOf(cell));
  if (known !== undefined || cell.arm === "untrained") return known ?? 0;
  const pace = steps.get(stepKeyOf(cell));
  return pace && await stepsOf(cell) / pace;
}

/** Training steps of a cell. */
export async function stepsOf(cell: Cell): Promise<number> {
  const pairs = await pairsOf(cell), { pretraining } = await splitsOf(cell.data);
  if (!pairs) return 0;
  const options = { ...cell.training, label: pretraining.label };
  return cell.training.epochs * batchesPerEpoch(pairs, options);
}

/**
 * Images a second that ResNet-50 trains at on one A100 in mixed precision, 224 px, as NVIDIA measured
 * it (DeepLearningExamples, PyTorch, resnet50v1.5, 2021).
 */
export const A100 = 2470;

/**
 * GPU-hours of so many steps of a cell on an A100, on paper: its network's multiplications at the pace
 * at which that GPU trains ResNet-50, with a third more for a momentum encoder, which goes forward
 * alone. Views that are made too slowly, or heads that are large, make it longer. Undefined for what
 * is no ResNet.
 */
export function gpuHours(cell: Cell, steps: number): number | undefined {
  const { backbone, method, training } = cell;
  if (backbone.architecture !== "resnet") return undefined;
  const { batchSize, crops, views: { size } } = training;
  const reference = multiplications(resnet50({ stem: "imagenet" }), 224);
  const small = crops ? crops.perImage * multiplications(backbone, crops.views.size) : 0;
  const relative = (multiplications(backbone, size) + small) / reference;
  const momentum = methods[method.name].momentum ? 4 / 3 : 1;
  return 2 * batchSize * steps * relative * momentum * workOf(cell) / A100 / 3600;
}

/** Bytes of the weights that each run keeps, and of the two checkpoints that one has while it goes. */
export function diskOf({ backbone, seed }: Cell): { kept: number; checkpoints: number } {
  const made = initialBackbone(backbone, seed);
  const weights = 4 * tensors(made.params).reduce((sum, { size }) => sum + size, 0);
  dispose(made);
  return { kept: weights, checkpoints: 2 * 4 * weights };
}

/**
 * Pairs of a timed batch: all of them on small networks, fewer on large ones, whose steps take so much
 * time in proportion.
 */
function timedPairs({ backbone, training: { batchSize, views: { size } } }: Cell): number {
  if (backbone.architecture !== "resnet") return Math.min(batchSize, 16);
  return Math.min(batchSize, Math.max(16, Math.floor(1e9 / multiplications(backbone, size))));
}

/**
 * Times a few steps of a cell's network and method, on noise and in a small batch, and adds its pace
 * to what is known.
 */
export async function timeSteps(cell: Cell, paces: Paces): Promise<void> {
  const { backbone, method, training, seed } = cell;
  const pairs = timedPairs(cell), steps = 6;
  const dataset = noise(pairs * steps, training.views.size);
  const anchors = Int32Array.from({ length: dataset.length }, (_, i) => i);
  const { composition: _, parts: __, ...how } = training;
  const made = await fit({
    dataset,
    pairs: augmentedPairs({ anchors, perEpoch: anchors.length, dataset: dataset.hash }),
    ...{ backbone, method, seed },
    training: { ...how, epochs: 1, warmupEpochs: 0, batchSize: pairs },
  });
  dispose(made.backbone, made.heads);
  paces.steps.set(stepKeyOf(cell), made.stepsPerSecond * pairs / training.batchSize / workOf(cell));
}

/** Pictures of noise, each of a class of its own. */
function noise(length: number, size: number): Dataset {
  const random = prng("noise");
  const pictures = Array.from({ length }, () => {
    const [low, high] = [random.int(200), 56]; // each of a brightness of its own
    return Uint8Array.from({ length: 3 * size * size }, () => low + random.int(high));
  });
  return {
    ...{ name: "noise", length, hash: `noise ${length} ${size}` },
    classes: Array.from({ length }, (_, i) => `${i}`),
    image: (i) => ({ data: pictures[i], height: size, width: size }),
    label: (i) => i,
  };
}
