/**
 * How the hyper-parameters of a design were chosen: on the augmented arm alone (the baseline), by
 * validation images, with a seed that the study does not use. No test image takes part, and whatever
 * the choice favours, it favours the arm that the claim is against.
 */
import { join } from "@std/path";
import { checkout, exists, writeAtomic } from "../base/files.ts";
import { keyOf } from "../base/hash.ts";
import { silent } from "../base/progress.ts";
import { dispose } from "../engine/mod.ts";
import { extract } from "../evaluation/features.ts";
import { knn } from "../evaluation/knn.ts";
import { accuracy } from "../evaluation/metrics.ts";
import { resnet } from "../models/resnet.ts";
import { fit } from "../training/fit.ts";
import { gentle, simclr, weak } from "../views/policy.ts";
import type { Cell } from "./cell.ts";
import type { Design } from "./design.ts";
import { armsOf, inputsOf, scenesOf } from "./material.ts";
import type { Watch } from "./run_cell.ts";

/** One setting that was tried, and how good it is. */
export interface Trial {
  method: string;
  views: string;
  learningRate: number;
  /** Top-1 of kNN, pretraining images to fresh images of the same classes, 0 … 1. */
  validation: number;
  /** Mean training loss of the last epoch. */
  loss: number;
  /** The key of everything that decides the trial. */
  key: string;
}

const policies = { simclr, gentle, weak };
const learningRates = [0.01, 0.03, 0.1, 0.3];

/** The seed of tuning; studies use 1 and above. */
const seed = 0;

/** Every method of a design with every kind of views and every learning rate. */
function grid({ cells }: Design) {
  const distinct = new Map(
    cells.filter(({ arm }) => arm === "augmented").map((cell) => [cell.method!.name, cell]),
  );
  return [...distinct.values()].flatMap((cell) =>
    Object.entries(policies).flatMap(([views, policy]) =>
      learningRates.map((learningRate) => {
        const { training, data } = cell;
        const optimizer = { ...training.optimizer, learningRate };
        const tried = { ...training, optimizer, views: policy(data.options.size) };
        return { views, learningRate, cell: { ...cell, training: tried, seed } };
      })
    )
  );
}

/**
 * Tries the grid and writes `results/tuning/<profile>.json` after every trial; trials that are there
 * already are kept.
 */
export async function tune(
  design: Design,
  { progress = silent, signal }: Watch = {},
): Promise<Trial[]> {
  const path = join(checkout, "results", "tuning", `${design.profile}.json`);
  const known: Trial[] = await exists(path) ? JSON.parse(await Deno.readTextFile(path)) : [];
  const settings = grid(design);
  const trials: Trial[] = [];
  for (const { views, learningRate, cell } of settings) {
    const key = keyOf(await inputsOf(cell));
    const method = cell.method!.name;
    progress(trials.length, settings.length, `${method}, ${views} views, rate ${learningRate}`);
    const { validation, loss } = known.find((trial) => trial.key === key) ??
      await validate(cell, signal);
    trials.push({ method, views, learningRate, validation, loss, key });
    await writeAtomic(path, JSON.stringify(trials, null, 1) + "\n");
  }
  progress(settings.length, settings.length);
  return trials;
}

async function validate(cell: Cell, signal?: AbortSignal) {
  const { backbone: config, method, training, data, seed } = cell;
  const { pretraining, probe } = await scenesOf(data);
  const { augmented } = await armsOf(cell);
  const { backbone, heads, curve } = await fit(
    { dataset: pretraining, pairs: augmented, backbone: config, method: method!, training, seed },
    { signal },
  );
  dispose(heads);
  try {
    const size = training.views.size;
    const bank = await extract(resnet(config), backbone, pretraining, { size });
    const queries = await extract(resnet(config), backbone, probe, { size });
    const scores = await knn(bank, queries, cell.knn);
    const last = curve.slice(-Math.floor(curve.length / training.epochs));
    const loss = last.reduce((sum, { loss }) => sum + loss, 0) / last.length;
    return { validation: accuracy(scores, queries.labels).top1, loss };
  } finally {
    dispose(backbone);
  }
}
