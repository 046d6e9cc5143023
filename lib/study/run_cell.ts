/** Computes one cell: from data and pairs over a trained backbone to its metrics. */
import { cpus } from "node:os";
import { join } from "@std/path";
import { cacheDirectory, writeAtomic } from "../base/files.ts";
import { type Progress, silent } from "../base/progress.ts";
import type { Dataset } from "../datasets/dataset.ts";
import { dispose, engineInfo, tf } from "../engine/mod.ts";
import type { Variables } from "../models/model.ts";
import { exportWeights } from "../models/weights.ts";
import type { PairList } from "../pairs/pair_list.ts";
import { watcher } from "../evaluation/watch.ts";
import { tensorboardLog } from "../training/events.ts";
import { fit, type FitOptions, type Fitted, initialBackbone } from "../training/fit.ts";
import type { Cell, Inputs, Machine, Run } from "./cell.ts";
import { evaluate } from "./evaluate.ts";
import { armsOf, inputsOf, splitsOf } from "./material.ts";
import { average } from "./stats.ts";
import { runKey } from "./store.ts";

/** Who is told how far the work is, and who may stop it. */
export interface Watch {
  progress?: Progress;
  signal?: AbortSignal;
}

/**
 * Computes one cell: pretrains a backbone on its arm's pairs and evaluates it.
 *
 * @param progress its note says what is being done
 */
export async function runCell(
  cell: Cell,
  { progress = silent, signal }: Watch = {},
): Promise<Run> {
  const start = performance.now();
  const { pretraining, plan } = await splitsOf(cell.data, progress);
  const inputs = await inputsOf(cell);
  const stage = (name: string): Progress => (done, total, note) =>
    progress(done, total, [`${name} ${done}/${total}`, note].filter(Boolean).join("  "));
  const pairs = cell.arm === "untrained" ? undefined : (await armsOf(cell))[cell.arm];
  const watch = { progress: stage("pretraining"), signal };
  const trained = pairs
    ? await watched(inputs, pretraining, pairs, watch)
    : await pretrain(cell, pretraining, pairs, watch);
  try {
    if (pairs) await keepWeights(inputs, trained.backbone);
    const watch = { progress: stage("evaluation"), signal };
    return {
      inputs,
      metrics: await evaluate(cell, trained.backbone, plan, watch),
      curve: epochMeans(trained.curve.map(({ loss }) => loss), cell.training.epochs),
      sameClassNegatives: meanRate(trained.curve),
      stepsPerSecond: trained.stepsPerSecond,
      seconds: (performance.now() - start) / 1000,
      machine: thisMachine(),
    };
  } finally {
    dispose(trained.backbone);
  }
}

/**
 * Pretrains a cell's backbone with checkpoints, from which a run that was killed goes on, and event
 * files for TensorBoard, both in its {@link runFolder}; a collapse of the features ends it.
 */
async function watched(inputs: Inputs, dataset: Dataset, pairs: PairList, watch: Watch) {
  const folder = runFolder(inputs);
  // The event files are TensorFlow's: on WebGPU there are none.
  const events = engineInfo().name === "tensorflow"
    ? tensorboardLog(join(folder, "events"))
    : undefined;
  try {
    return await pretrain(inputs.cell, dataset, pairs, {
      ...watch,
      checkpoints: { directory: join(folder, "checkpoints"), everyMinutes: 10 },
      observe: watcher({ ...inputs.cell, dataset, pairs }),
      log: events?.log,
      flush: events?.flush,
    });
  } finally {
    events?.close();
  }
}

/**
 * Where a run keeps what is no result, e.g. `…/runs/simclr, semantic, seed 1, 0a1b2c3d`:
 * `backbone.safetensors` (the pretrained weights, as PyTorch names them), `events` for TensorBoard,
 * and, until the run is stored, `checkpoints`.
 */
export function runFolder(inputs: Inputs): string {
  const { method, arm, seed } = inputs.cell;
  const name = [method.name, arm, `seed ${seed}`, runKey(inputs).slice(0, 8)].join(", ");
  return cacheDirectory("runs", name);
}

async function keepWeights(inputs: Inputs, backbone: Variables): Promise<void> {
  const path = join(runFolder(inputs), "backbone.safetensors");
  await writeAtomic(path, await exportWeights(inputs.cell.backbone, backbone));
}

/**
 * Removes the checkpoints of a run that is stored: who deletes the result wants it computed anew.
 * What another process is writing there may stay; it is of no use and does no harm.
 */
export async function forgetCheckpoints(inputs: Inputs): Promise<void> {
  await Deno.remove(join(runFolder(inputs), "checkpoints"), { recursive: true }).catch(() => {});
}

/** The backbone of a cell, pretrained on its pairs, or as it is initialised where there are none. */
export async function pretrain(
  { backbone, method, training, seed }: Cell,
  dataset: Dataset,
  pairs: PairList | undefined,
  options: FitOptions,
): Promise<Omit<Fitted, "heads">> {
  if (!pairs) return { backbone: initialBackbone(backbone, seed), curve: [], stepsPerSecond: 0 };
  const { heads, ...rest } = await fit(
    { dataset, pairs, backbone, method, training, seed },
    options,
  );
  dispose(heads);
  return rest;
}

/** The mean over each of so many equal stretches; none where there are no losses. */
export function epochMeans(losses: number[], epochs: number): number[] {
  const length = losses.length / epochs;
  if (length === 0) return [];
  return Array.from(
    { length: epochs },
    (_, epoch) => average(losses.slice(epoch * length, (epoch + 1) * length)),
  );
}

/** The mean over all steps; 0 where there was none. */
function meanRate(curve: Fitted["curve"]): number {
  if (curve.length === 0) return 0;
  return average(curve.map(({ sameClassNegatives }) => sameClassNegatives));
}

function thisMachine(): Machine {
  const { name, version, devices } = engineInfo();
  const accelerators = devices.filter((device) => !/CPU/i.test(device));
  const processors = cpus();
  return {
    engine: `${name} ${version}`,
    hardware: [`${processors.length} x ${processors[0]?.model ?? "CPU"}`, ...accelerators].join(
      ", ",
    ),
    deno: Deno.version.deno,
    tfjs: tf.version_core,
  };
}
