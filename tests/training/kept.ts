/** What a run keeps: the newest two checkpoints of a folder. */
import { ok } from "node:assert/strict";
import { join } from "@std/path";
import { dispose } from "../../lib/engine/mod.ts";
import { type Checkpoint, decodeCheckpoint } from "../../lib/training/checkpoint.ts";
import { type Fit, fit } from "../../lib/training/fit.ts";

/** The last checkpoint in a folder, which holds as many as are given. */
export async function lastIn(directory: string, held = [2]): Promise<Checkpoint> {
  const path = await newestIn(directory, held);
  return decodeCheckpoint(await Deno.readFile(path), path);
}

/** The newest of the checkpoints that are kept, of two as a rule. */
export async function newestIn(directory: string, held = [2]): Promise<string> {
  const names = (await Array.fromAsync(Deno.readDir(directory))).map(({ name }) => name);
  const whole = names.filter((name) => name.endsWith(".safetensors")).sort();
  ok(held.includes(whole.length), names.join());
  return join(directory, whole.at(-1)!);
}

/** Trains in this process, which nobody kills; every step is kept in the folder for a while. */
export async function train(run: Fit, directory: string): Promise<Checkpoint> {
  const { backbone, heads } = await fit(run, { checkpoints: { directory, everyMinutes: 0 } });
  dispose(backbone, heads);
  return await lastIn(directory);
}
