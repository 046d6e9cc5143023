/** Computes one cell: from data and pairs over a trained backbone to its metrics. */
import { cpus } from "node:os";
import { type Progress, silent } from "../base/progress.ts";
import type { Dataset } from "../datasets/dataset.ts";
import { dispose, engineInfo, tf } from "../engine/mod.ts";
import type { PairList } from "../pairs/pair_list.ts";
import { fit, type Fitted, initialBackbone } from "../training/fit.ts";
import type { Cell, Machine, Run } from "./cell.ts";
import { evaluate } from "./evaluate.ts";
import { armsOf, inputsOf, scenesOf } from "./material.ts";
import { average } from "./stats.ts";

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
  const scenes = await scenesOf(cell.data, progress);
  const inputs = await inputsOf(cell);
  const stage = (name: string): Progress => (done, total, note) =>
    progress(done, total, [`${name} ${done}/${total}`, note].filter(Boolean).join("  "));
  const pairs = cell.arm === "untrained" ? undefined : (await armsOf(cell))[cell.arm];
  const trained = await pretrain(cell, scenes.pretraining, pairs, {
    progress: stage("pretraining"),
    signal,
  });
  try {
    const watch = { progress: stage("evaluation"), signal };
    return {
      inputs,
      metrics: await evaluate(cell, trained.backbone, scenes, watch),
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

/** The backbone of a cell, pretrained on its pairs, or as it is initialised where there are none. */
export async function pretrain(
  { backbone, method, training, seed }: Cell,
  dataset: Dataset,
  pairs: PairList | undefined,
  watch: Watch,
): Promise<Omit<Fitted, "heads">> {
  if (!pairs) return { backbone: initialBackbone(backbone, seed), curve: [], stepsPerSecond: 0 };
  const { heads, ...rest } = await fit(
    { dataset, pairs, backbone, method, training, seed },
    watch,
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
