/** What a run keeps beside its result. */
import { join } from "@std/path";
import { cacheDirectory } from "../base/files.ts";
import type { CheckpointOptions } from "../training/fit.ts";
import type { Inputs } from "./cell.ts";
import { runKey } from "./store.ts";

/** Where a run's checkpoints go, until it is stored. */
export const checkpointsOf = (inputs: Inputs): CheckpointOptions => (
  { directory: join(runFolder(inputs), "checkpoints"), everyMinutes: 10 }
);

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

/**
 * Removes the checkpoints of a run that is stored: who deletes the result wants it computed anew.
 * What another process is writing there may stay; it is of no use and does no harm.
 */
export async function forgetCheckpoints(inputs: Inputs): Promise<void> {
  await Deno.remove(join(runFolder(inputs), "checkpoints"), { recursive: true }).catch(() => {});
}
