/** What `deno task study PROFILE --dry-run` prints: what is missing, and what it will cost. */
import { cacheDirectory, checkout } from "../base/files.ts";
import { join } from "@std/path";
import { duration, type Progress } from "../base/progress.ts";
import type { Cell } from "../study/cell.ts";
import { imagesOf } from "../study/design.ts";
import {
  diskOf,
  gpuHours,
  type Paces,
  secondsOf,
  stepsOf,
  storedPaces,
  timeSteps,
} from "../study/estimate.ts";
import { workersFor } from "../study/executors/carry_out.ts";
import type { Item } from "../study/plan.ts";

/** Lines: each setting with its runs, steps and time here, then the sums. */
export async function costOf(
  items: readonly Item[],
  progress: (label: string) => Progress,
): Promise<string[]> {
  const { missing, pretraining, tasks } = missingOf(items);
  const paces = await pacesOf(pretraining, progress("timing steps"));
  const lines: string[] = [];
  let seconds = 0, gpu = 0, unknown = 0, kept = 0, checkpoints = 0;
  for (const group of Map.groupBy(pretraining, settingOf).values()) {
    const [cell] = group, steps = await stepsOf(cell);
    const each = await secondsOf(cell, paces) ?? 0;
    const hours = gpuHours(cell, steps), disk = diskOf(cell);
    seconds += group.length * each;
    if (hours === undefined) unknown += group.length;
    else gpu += group.length * hours;
    kept += group.length * disk.kept;
    checkpoints = Math.max(checkpoints, disk.checkpoints);
    lines.push(
      `  ${settingOf(cell)}: ${group.length} runs of ${steps} steps, ${duration(each)} each`,
    );
  }
  const bytes = (n: number) =>
    n < 2 ** 30 ? `${round(n / 2 ** 20, 3)} MB` : `${round(n / 2 ** 30, 3)} GB`;
  const besides = Math.max(1, await workersFor(pretraining));
  return [
    `${items.length - missing.length} results are stored, ${missing.length} are missing:`,
    ...lines,
    ...(tasks > 0
      ? [`  ${tasks} tasks that backbones are put to: their time is not estimated`]
      : []),
    `pretraining here: about ${duration(seconds)}, by what such steps took on this machine`,
    `on one A100: about ${round(gpu, 2)} GPU-hours, on paper, by NVIDIA's figure for ResNet-50` +
    (unknown > 0 ? `, without ${unknown} runs of other networks` : ""),
    `disk: ${bytes(kept)} of weights and up to ${bytes(besides * checkpoints)} of checkpoints in ` +
    `${cacheDirectory("runs")}; results of some kilobytes each`,
  ];
}

/** What is missing, the cells of its runs that train, and how many are tasks. */
function missingOf(items: readonly Item[]) {
  const missing = items.filter(({ state }) => state !== "done");
  const runs = missing.filter(({ task }) => task === undefined).map(({ cell }) => cell);
  const pretraining = runs.filter(({ arm }) => arm !== "untrained");
  return { missing, pretraining, tasks: missing.length - runs.length };
}

/** How long what is missing will take, by what such runs took on this machine; where none did, less. */
export async function remaining(items: readonly Item[]): Promise<string> {
  const { missing, pretraining } = missingOf(items);
  const paces = await storedPaces(join(checkout, "results"));
  const each = await Promise.all(pretraining.map((cell) => secondsOf(cell, paces)));
  const known = each.filter((seconds) => seconds !== undefined);
  if (missing.length === 0) return "nothing is missing";
  const sum = known.reduce((sum, seconds) => sum + seconds, 0);
  return `${missing.length} results to come; pretraining of ${known.length} of ${pretraining.length} ` +
    `backbones: about ${duration(sum)} here, one after the other; what was not timed here, and ` +
    "tasks, not counted";
}

const round = (value: number, digits: number) => String(Number(value.toPrecision(digits)));

/** What runs share that take equally long. */
function settingOf({ method, backbone, pairing, training: { epochs, batchSize, views } }: Cell) {
  const network = backbone.architecture === "resnet"
    ? `ResNet ${backbone.blocks.join("-")}, width ${backbone.width}`
    : `ViT of width ${backbone.width}`;
  const size = `${views.size} px`;
  return `${method.name}, ${network}, ${size}, ${
    imagesOf(pairing)
  } images a class, ${epochs} epochs of ` +
    `batches of ${batchSize}`;
}

/** The paces that are stored, and those of other steps, timed now. */
async function pacesOf(cells: readonly Cell[], progress: Progress): Promise<Paces> {
  const paces = await storedPaces(join(checkout, "results"));
  const unknown: Cell[] = [];
  for (const cell of cells) {
    if (await secondsOf(cell, paces) === undefined) unknown.push(cell);
  }
  for (const [done, cell] of unknown.entries()) {
    progress(done, unknown.length, cell.method.name);
    if (await secondsOf(cell, paces) === undefined) await timeSteps(cell, paces);
  }
  if (unknown.length > 0) progress(unknown.length, unknown.length);
  return paces;
}
