/** What workers who share a run's batches settle with each other: before it, around each step, at its end. */
import { Problem } from "../base/problem.ts";
import { codeHash } from "../base/code.ts";
import { keyOf } from "../base/hash.ts";
import { type Cluster, dispose, LostWorker, mapTree } from "../engine/mod.ts";
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from "./checkpoint.ts";
import type { Keeper, Reached } from "./keep.ts";
import { type Fit, identityOf } from "./run.ts";

/**
 * Checks that a run can be shared by so many workers.
 *
 * @throws {Problem} where its batches have no equal parts, or its configuration is for other workers
 */
export function checkShares({ training, later }: Fit, count: number): void {
  const { batchSize, parts = 1, sharing } = training;
  if (batchSize % (parts * count) !== 0) {
    throw new Problem(
      `a batchSize of ${batchSize}${parts > 1 ? ` in ${parts} parts` : ""} cannot be shared by ` +
        `${count} workers: take one that ${parts * count} divides, or other workers`,
    );
  }
  if (sharing && sharing.workers !== count) {
    throw new Problem(
      `the run is configured for ${sharing.workers} workers, which its result depends on: there ` +
        `${count === 1 ? "is one" : `are ${count}`}`,
    );
  }
  if (later && count > 1) {
    throw new Problem("pairs that a run finds by itself are found by one worker: take one");
  }
}

/**
 * Makes sure that all workers are about to do the same.
 *
 * @throws {Problem} in every worker, naming what differs from worker 0, and where
 */
export async function agree(cluster: Cluster, run: Fit): Promise<void> {
  const { dataset, pairs, engine: _, ...configuration } = identityOf(run);
  const known = { code: await codeHash(), "data set": dataset, pairs, configuration };
  const words = Object.values(known).flatMap((value) => wordsOf(keyOf(value)));
  const all = await cluster.gather(Int32Array.from(words));
  const differences = Object.keys(known).flatMap((what, i) => {
    const of = (rank: number) => all[rank].subarray(i * WORDS, (i + 1) * WORDS).join();
    const others = cluster.workers.addresses.filter((_, rank) => of(rank) !== of(0));
    return others.length > 0 ? [`another ${what} at ${others.join(", ")}`] : [];
  });
  if (differences.length === 0) return;
  throw new Problem(
    `the workers do not agree with ${cluster.workers.addresses[0]}: ${differences.join("; ")}: ` +
      "give all of them the same checkout, data and command",
  );
}

/** Of a hash. */
const WORDS = 8;

const wordsOf = (hash: string) =>
  Array.from({ length: WORDS }, (_, i) => parseInt(hash.slice(8 * i, 8 * i + 8), 16) | 0);

/** Where worker 0 is in the run: all go on from there. */
export async function startOf(cluster: Cluster, own: Checkpoint): Promise<Checkpoint> {
  const leads = cluster.workers.rank === 0;
  const bytes = await cluster.broadcast(leads ? encodeCheckpoint(own) : undefined);
  return leads ? own : decodeCheckpoint(bytes, "what worker 0 sent");
}

/** Steps between two questions to all whether one of them shall stop. */
const ASKED_EVERY = 10;

/** Whether one of the workers was told to stop; asked now and then, so that all stop after one step. */
export async function oneStops(
  cluster: Cluster,
  step: number,
  signal?: AbortSignal,
): Promise<boolean> {
  if (step % ASKED_EVERY !== 0) return false;
  const all = await cluster.gather(Int32Array.of(Number(signal?.aborted ?? false)));
  return all.some(([stops]) => stops === 1);
}

/** Whom this process shares a run with, if anyone, whether it logs and keeps it, and how. */
export type Part = { cluster?: Cluster; leads: boolean; keeper?: Keeper };

/**
 * A step, by all workers; where it fails because one is gone, the first of those that are left keeps what
 * had been reached before it.
 */
export async function stepTogether<T>(
  step: () => Promise<T>,
  reached: Reached,
  { cluster, keeper }: Part,
): Promise<T> {
  if (!cluster) return await step();
  const before = mapTree((tensor) => tensor.clone(), reached.state); // the step takes over the state
  try {
    return await cluster.guard(step);
  } catch (error) {
    const { rank, addresses } = cluster.workers;
    const first = error instanceof LostWorker &&
      [...addresses.keys()].find((other) => !error.ranks.includes(other)) === rank;
    if (first && reached.curve.length > 0) await keeper?.write({ ...reached, state: before });
    throw error;
  } finally {
    dispose(before);
  }
}

/** What fails in this worker alone ends it: then the others, who would wait for it, learn that it left. */
export function asLost(error: unknown, cluster: Cluster | undefined): unknown {
  if (!cluster || error instanceof LostWorker || !(error instanceof Problem)) return error;
  return new LostWorker(error.message, []);
}

/** Work that this worker does alone, while the others go on: who fails in it leaves them. */
export async function leaving(
  work: () => Promise<void>,
  cluster: Cluster | undefined,
): Promise<void> {
  await work().catch((error) => {
    throw asLost(error, cluster);
  });
}
