/**
 * Workers who train each backbone of a study together: the first one leads, carries out all that the
 * study asks for and keeps its results; the others train whatever it trains, and need no more than the
 * same checkout and data.
 */
import { messageOf, Problem } from "../base/problem.ts";
import { type Cluster, dispose, LostWorker } from "../engine/mod.ts";
import { fit, type FitOptions, type Fitted } from "../training/fit.ts";
import { checkpointsOf } from "./run_folder.ts";
import type { Cell } from "./cell.ts";
import { inputsOf, pairsOf, splitsOf } from "./material.ts";
import { cellName } from "./rows.ts";
import { staged, type Watch } from "./watch.ts";

/** Tells the others which cell's backbone is trained next. */
export async function announce(team: Cluster, cell: Cell): Promise<void> {
  await team.broadcast(encode(cell));
}

/** Tells the others that there is nothing left to do. */
export async function dismiss(team: Cluster): Promise<void> {
  await team.broadcast(encode(null));
  await team.leave();
}

/**
 * Trains with the first worker what it announces, until it dismisses.
 *
 * @throws {LostWorker} where one of the workers is gone
 */
export async function follow(team: Cluster, watch: Watch): Promise<void> {
  for (;;) {
    const cell: Cell | null = JSON.parse(new TextDecoder().decode(await team.broadcast()));
    if (!cell) return await team.leave();
    try {
      const { backbone, heads } = await trainAlong(team, cell, staged(cellName(cell), watch));
      dispose(backbone, heads);
    } catch (error) {
      watch.signal?.throwIfAborted();
      // What fails here, e.g. a loss that has left all bounds, has failed in the first one as well.
      if (!(error instanceof Problem) || error instanceof LostWorker) throw error;
      console.error(messageOf(error));
    }
  }
}

async function trainAlong(
  cluster: Cluster,
  cell: Cell,
  watch: Pick<FitOptions, "progress" | "signal">,
): Promise<Fitted> {
  const { backbone, method, training, seed, data } = cell;
  const { pretraining: dataset } = await splitsOf(data, watch.progress);
  const pairs = (await pairsOf(cell))!; // who has none is not trained
  const checkpoints = checkpointsOf(await inputsOf(cell));
  const run = { dataset, pairs, backbone, method, training, seed };
  return await fit(run, { ...watch, checkpoints, cluster });
}

const encode = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
