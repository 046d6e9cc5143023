/**
 * Several processes, on one machine or many, as one cluster of TensorFlow's own runtime: every one has
 * a server that the others reach, and collective operations go between them.
 *
 * Whoever reaches such a server's port can have it compute anything: the ports belong into a network
 * of machines that trust each other.
 */
import { messageOf, Problem } from "../base/problem.ts";
import { type Progress, silent } from "../base/progress.ts";
import { broadcastNow, gatherNow, type Group, replicasOf } from "./collectives.ts";
import type { Native } from "./native.ts";
import { keepFreedMemory } from "./keep_freed_memory.ts";
import { encodeServerDef } from "./server_def.ts";
import type { Replicas } from "./replicas.ts";
import { engine, type TensorFlowEngine } from "./start.ts";
import { watchPeers } from "./watch_peers.ts";

/** The processes of a cluster, and which of them this is. */
export interface Workers {
  /** host:port of each, in the order of their ranks; the same list in every process. */
  addresses: readonly string[];
  /** 0 … addresses.length - 1 */
  rank: number;
}

/** How to join. */
export interface JoinOptions {
  /** Seconds that the others may take to start, default 10. */
  patience?: number;
  /** Told whom it waits for. */
  progress?: Progress;
}

/** A process in its cluster. */
export interface Cluster {
  readonly workers: Workers;
  /** For functions that are traced: what they tell each other at every step. */
  readonly replicas: Replicas;
  /** Does work that exchanges with the others. @throws {LostWorker} where one of them is gone */
  guard<T>(work: () => Promise<T>): Promise<T>;
  /** The same numbers of every process, in the order of ranks. @throws {LostWorker} */
  gather(values: Int32Array): Promise<Int32Array[]>;
  /** The bytes that rank 0 has; the others give none. @throws {LostWorker} */
  broadcast(bytes?: Uint8Array): Promise<Uint8Array<ArrayBuffer>>;
  /** Waits until all are here, and ends the watch over them. @throws {LostWorker} */
  leave(): Promise<void>;
}

/**
 * Milliseconds that who lost another one stays: those who look a moment later must not find it gone, too.
 */
const LINGER = 2500;

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Another process of the cluster does not answer any more. */
export class LostWorker extends Problem {
  constructor(message: string, readonly ranks: readonly number[]) {
    super(message);
  }
}

/**
 * Joins a cluster, when all of its processes answer. A process can join again, e.g. after it lost one.
 * From then on it looks after the others every second: where one was killed or does not answer for some
 * seconds (not: is slow; its server answers while it computes), whatever waits for it fails. The process
 * keeps more of the memory that it frees (keep_freed_memory.ts).
 *
 * @throws {Problem} where the engine has no collective operations, the port is taken, or, naming them,
 *   others do not answer in time
 */
export async function joinCluster(
  workers: Workers,
  { patience = 10, progress = silent }: JoinOptions = {},
): Promise<Cluster> {
  const { addresses, rank } = workers, target = able();
  const group: Group = { count: addresses.length, rank, exchanges: 1 };
  keepFreedMemory();
  enable(target.native, workers);
  const peers = watchPeers(target.native, workers);
  await allHere(peers, workers, patience, progress);
  peers.begin();
  const guard = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      if (error instanceof Problem) throw error;
      const lost = await peers.lost();
      if (lost.length === 0) throw error;
      await pause(LINGER);
      throw new LostWorker(
        `${named(lost, workers)} gone: its process ended, or its machine does not answer; start ` +
          "all workers again, they go on from the last checkpoint",
        lost,
      );
    }
  };
  const gather = (values: Int32Array) => guard(() => gatherNow(target.native, group, values));
  return {
    workers,
    replicas: replicasOf(target, group),
    guard,
    gather,
    broadcast: (bytes) => guard(() => broadcastBytes(target.native, group, bytes)),
    leave: async () => {
      await gather(new Int32Array(1)); // nobody goes while another one still waits for it
      peers.end();
    },
  };
}

function able(): TensorFlowEngine {
  if (engine.name === "tensorflow" && engine.native.api.call.TFE_EnableCollectiveOps) return engine;
  throw new Problem(
    `the engine ${engine.name} ${engine.version} has no collective operations: unset ENGINE and ` +
      "SEMANTIC_PAIRS_TENSORFLOW, or train with one worker",
  );
}

/** Starts this process's server, or starts it anew. */
function enable({ api }: Native, { addresses, rank }: Workers): void {
  const definition = encodeServerDef(addresses, rank);
  const { call, context, status } = api;
  call.TFE_EnableCollectiveOps!(context, definition, BigInt(definition.length), status);
  try {
    api.check("worker");
  } catch (error) {
    throw new Problem(
      `worker ${rank} cannot serve at ${addresses[rank]} (${firstLine(error)}): its port must be ` +
        "free, and the address must be this machine's",
    );
  }
}

async function allHere(
  peers: ReturnType<typeof watchPeers>,
  workers: Workers,
  patience: number,
  progress: Progress,
): Promise<void> {
  const end = Date.now() + 1000 * patience, { addresses } = workers;
  const never = new Set(addresses.keys()); // one that was here may have lost patience before this one
  for (;;) {
    const absent = await peers.absent();
    if (absent.length === 0) return;
    for (const rank of addresses.keys()) if (!absent.includes(rank)) never.delete(rank);
    progress(
      addresses.length - absent.length,
      addresses.length,
      `waits for ${named(absent, workers)}`,
    );
    if (Date.now() > end) {
      throw new Problem(
        `${
          named(never.size > 0 ? [...never] : absent, workers)
        } not there after ${patience} s: start every worker, with the ` +
          "same list of workers and a rank of its own, where the others can reach it",
      );
    }
    await pause(200);
  }
}

/** E.g. `worker 1 (node2:7000) is`. */
function named(ranks: readonly number[], { addresses }: Workers): string {
  const names = ranks.map((rank) => `worker ${rank} (${addresses[rank]})`);
  return `${names.join(", ")} ${names.length === 1 ? "is" : "are"}`;
}

const firstLine = (error: unknown) => messageOf(error).split("\n")[0];

async function broadcastBytes(
  native: Native,
  group: Group,
  bytes: Uint8Array = new Uint8Array(0),
): Promise<Uint8Array<ArrayBuffer>> {
  const [length] = await broadcastNow(native, group, Int32Array.of(bytes.length));
  const words = new Uint8Array(4 * Math.ceil(length / 4));
  if (group.rank === 0) words.set(bytes);
  const all = await broadcastNow(native, group, new Int32Array(words.buffer));
  return new Uint8Array(all.buffer, all.byteOffset, length).slice();
}
