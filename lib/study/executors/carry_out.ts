/** Has work done: by a cluster, by several processes where that is faster, else by this one. */
import { Problem } from "../../base/problem.ts";
import { engineInfo } from "../../engine/mod.ts";
import { multiplications } from "../../models/cost.ts";
import type { Cell } from "../cell.ts";
import { splitsOf } from "../material.ts";
import type { Watch } from "../watch.ts";
import { oneByOne } from "./one_by_one.ts";
import { cellOf, type Order } from "./order.ts";
import { sideBySide } from "./side_by_side.ts";
import { slurm, type SlurmOptions } from "./slurm.ts";

/** Where work is done. */
export interface Means {
  /** Processes on this machine; by default see {@link workersFor}. */
  workers?: number;
  /** Not on this machine but as a job array of a cluster. */
  cluster?: SlurmOptions;
}

/**
 * Carries out orders; many of small networks side by side.
 *
 * @param progress counts the orders that have ended; its note says what is being done
 * @throws {Problem} naming those that failed, e.g. because their loss left all bounds, after all
 *   others were carried out
 */
export async function carryOut(
  orders: readonly Order[],
  { workers, cluster, ...watch }: Watch & Means = {},
): Promise<void> {
  const failures = cluster ? await slurm(orders, { ...watch, ...cluster }) : await here(
    orders,
    watch,
    watch.team ? 1 : workers ?? await workersFor(orders.map(cellOf)),
  );
  if (failures.length === 0) return;
  throw new Problem(`${failures.length} of ${orders.length} failed: ${failures.join("; ")}`);
}

function here(orders: readonly Order[], watch: Watch, workers: number): Promise<string[]> {
  return workers > 1 ? sideBySide(orders, { ...watch, workers }) : oneByOne(orders, watch);
}

/** A network of more multiplications an image than these has enough work for several cores. */
const LARGE = 5e7;

/** Bytes that a process takes beside its images, roughly. */
const ROOM = 1.5 * 2 ** 30;

/**
 * How many processes should share the work: as many as there are cores for small networks, if there is
 * memory for them and work enough to be worth their start; else one, this one.
 */
export async function workersFor(cells: readonly Cell[]): Promise<number> {
  const large = cells.some(({ backbone, training: { views } }) =>
    backbone.architecture !== "resnet" || multiplications(backbone, views.size) > LARGE
  );
  const { devices } = engineInfo();
  if (large || cells.length < 4 || devices.some((device) => !/CPU/.test(device))) return 1;
  const images = await heldBytes(cells[0].data);
  const room = Math.floor(Deno.systemMemoryInfo().available / (ROOM + images));
  return Math.max(1, Math.min(navigator.hardwareConcurrency, room, Math.floor(cells.length / 2)));
}

/** Bytes of the images that each process holds for itself. */
async function heldBytes(data: Cell["data"]): Promise<number> {
  const { pretraining, plan } = await splitsOf(data);
  const sets = [pretraining, ...plan.flatMap(({ fit, tests }) => [fit, tests[0].images])];
  return sets.filter(({ stream }) => !stream)
    .reduce((sum, set) => sum + set.length * set.image(0).data.length, 0);
}
