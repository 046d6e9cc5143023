/** The backbones of the study: pretrained once, their weights kept for whatever is asked of them. */
import { join } from "@std/path";
import { writeAtomic } from "../base/files.ts";
import { messageOf } from "../base/problem.ts";
import { silent } from "../base/progress.ts";
import type { Dataset } from "../datasets/dataset.ts";
import { dispose, engineInfo } from "../engine/mod.ts";
import { type Frozen, frozen } from "../evaluation/frozen.ts";
import { watcher } from "../evaluation/watch.ts";
import { exportWeights } from "../models/weights.ts";
import type { PairList } from "../pairs/pair_list.ts";
import { tensorboardLog } from "../training/events.ts";
import { fit, type FitOptions, type Fitted, initialBackbone } from "../training/fit.ts";
import type { Later } from "../training/run.ts";
import type { Cell, Inputs, MinedPairs } from "./cell.ts";
import { inputsOf, miningOf, splitsOf } from "./material.ts";
import { pairsToTrainOn } from "./mined_pairs.ts";
import { checkpointsOf, forgetCheckpoints, runFolder } from "./run_folder.ts";
import { announce } from "./team.ts";
import { staged, type Watch } from "./watch.ts";

/** A pretrained backbone, and how its training went. */
export type Pretrained =
  & { network: Frozen; mined?: MinedPairs[] }
  & Pick<Fitted, "curve" | "stepsPerSecond">;

/**
 * The backbone of a cell: as it was kept by an earlier run of the same inputs, else pretrained now.
 *
 * @param warn told of kept weights that are damaged; the backbone is pretrained again
 */
export async function keptBackbone(
  cell: Cell,
  watch: Watch = {},
  warn: (message: string) => void = console.error,
): Promise<Frozen> {
  const inputs = await inputsOf(cell);
  const path = weightsFile(inputs);
  const file = await Deno.readFile(path).catch(() => undefined);
  if (file) {
    try {
      const network = frozen(cell.backbone, file);
      network.variables(); // or throws
      return network;
    } catch (error) {
      warn(`${path} is damaged, the backbone is pretrained again: ${messageOf(error)}`);
    }
  }
  const { network } = await pretrainAndKeep(cell, staged("pretraining", watch));
  await forgetCheckpoints(inputs);
  return network;
}

/** Pretrains the backbone of a cell and keeps its weights in its {@link runFolder}. */
export async function pretrainAndKeep(
  cell: Cell,
  { progress = silent, signal, team }: Watch,
): Promise<Pretrained> {
  const { pretraining } = await splitsOf(cell.data, progress);
  const inputs = await inputsOf(cell), folder = runFolder(inputs);
  // Who finds pairs on the way finds them alone.
  const watch = { progress, signal, team: miningOf(cell) ? undefined : team };
  const source = async () => await keptBackbone({ ...cell, arm: "augmented" }, watch);
  const { pairs, later, found } = await pairsToTrainOn(cell, { folder, source });
  const { backbone, curve, stepsPerSecond } = pairs
    ? await watched(inputs, pretraining, { pairs, later }, watch)
    : await pretrain(cell, pretraining, {}, watch);
  try {
    const file = await exportWeights(cell.backbone, backbone);
    if (pairs) await writeAtomic(weightsFile(inputs), file);
    const mined = await found();
    return { network: frozen(cell.backbone, file), curve, stepsPerSecond, mined };
  } finally {
    dispose(backbone);
  }
}

const weightsFile = (inputs: Inputs) => join(runFolder(inputs), "backbone.safetensors");

/**
 * Pretrains a cell's backbone with checkpoints, from which a run that was killed goes on, and event
 * files for TensorBoard, both in its {@link runFolder}; a collapse of the features ends it.
 */
async function watched(
  inputs: Inputs,
  dataset: Dataset,
  { pairs, later }: { pairs: PairList; later?: Later },
  watch: Watch,
) {
  const folder = runFolder(inputs);
  // The event files are TensorFlow's: on WebGPU there are none.
  const events = engineInfo().name === "tensorflow"
    ? tensorboardLog(join(folder, "events"))
    : undefined;
  try {
    return await pretrain(inputs.cell, dataset, { pairs, later }, {
      ...watch,
      checkpoints: checkpointsOf(inputs),
      observe: watcher({ ...inputs.cell, dataset, pairs }),
      log: events?.log,
      flush: events?.flush,
    });
  } finally {
    events?.close();
  }
}

/**
 * The backbone of a cell, pretrained on its pairs, by a team where there is one, or as it is initialised
 * where there are none.
 */
export async function pretrain(
  cell: Cell,
  dataset: Dataset,
  { pairs, later }: { pairs?: PairList; later?: Later },
  { team, ...options }: Omit<FitOptions, "cluster"> & Pick<Watch, "team">,
): Promise<Omit<Fitted, "heads">> {
  const { backbone, method, training, seed } = cell;
  if (!pairs) return { backbone: initialBackbone(backbone, seed), curve: [], stepsPerSecond: 0 };
  if (team) await announce(team, cell);
  const { heads, ...rest } = await fit(
    { dataset, pairs, later, backbone, method, training, seed },
    { ...options, cluster: team },
  );
  dispose(heads);
  return rest;
}
