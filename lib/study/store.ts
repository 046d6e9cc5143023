/**
 * Results on disk, one file a run, named by the key of all that decides the result. Files are only
 * ever added; a run that is stored is never computed twice.
 */
import { join } from "@std/path";
import { cacheDirectory, checkout, exists, writeAtomic } from "../base/files.ts";
import { keyOf } from "../base/hash.ts";
import { holderNow, withLock } from "../base/lock.ts";
import { messageOf, Problem } from "../base/problem.ts";
import { silent } from "../base/progress.ts";
import type { Design } from "./design.ts";
import type { Watch } from "./watch.ts";

/**
 * Where a design's results go: into the folder that it names, else into the checkout's `results/`,
 * or, where nothing may be concluded from them, into the cache.
 */
export function resultsFolder(
  { folder, conclusive, profile }: Pick<Design, "folder" | "conclusive" | "profile">,
): string {
  return folder ?? (conclusive ? join(checkout, "results") : cacheDirectory(profile, "results"));
}

/** The profile whose figures lie in a notebook's folder itself; those of others in folders below. */
export const usualProfile = "desk";

/** Where a notebook's figures of a design go, e.g. `figures/02-per-method-gains/photos`. */
export function figuresFolder(design: Omit<Design, "cells" | "figure">, notebook: string): string {
  const { profile } = design;
  return join(
    resultsFolder(design),
    "figures",
    notebook,
    ...(profile === usualProfile ? [] : [profile]),
  );
}

/** What is stored, with all that decides it. */
export type Stored = { inputs: object };

/** The name under which a run is stored: every input counts, the order of fields does not. */
export function runKey(inputs: object): string {
  return keyOf(inputs);
}

/**
 * The stored run of these inputs, if there is one and it is whole.
 *
 * @param warn told of a file that is there but damaged; the caller computes the run again
 */
export async function load<R extends Stored>(
  directory: string,
  inputs: R["inputs"],
  warn: (message: string) => void = console.error,
): Promise<R | undefined> {
  const path = pathOf(directory, inputs);
  if (!await exists(path)) return undefined;
  try {
    const { digest, ...run } = JSON.parse(await Deno.readTextFile(path));
    if (digest !== keyOf(run)) throw new Error("its content does not match its digest");
    if (runKey(run.inputs) !== runKey(inputs)) throw new Error("it holds another run");
    return run;
  } catch (error) {
    warn(`${path} is damaged and is computed again: ${messageOf(error)}`);
    return undefined;
  }
}

/**
 * Stores a run, whole or not at all, and returns what is stored: a run that is there already stays,
 * whoever wrote it. Of two that are written at the same moment the later stays.
 */
export async function save<R extends Stored>(directory: string, run: R): Promise<R> {
  const earlier = await load<R>(directory, run.inputs, () => {});
  if (earlier) return earlier;
  const content = { ...run, digest: keyOf(run) };
  await writeAtomic(pathOf(directory, run.inputs), JSON.stringify(content, null, 1) + "\n");
  return run;
}

/**
 * The stored result of these inputs; where there is none, it is computed and stored, while no other
 * process that shares the folder computes the same: who comes second waits and loads it.
 */
export async function loadOrCompute<R extends Stored>(
  directory: string,
  inputs: R["inputs"],
  compute: () => Promise<R>,
  { signal, progress = silent }: Watch,
): Promise<R> {
  const stored = () => load<R>(directory, inputs);
  const waiting = (holder: string) =>
    progress(0, 1, `waits for ${holder}, which computes the same`);
  return await stored() ?? await withLock(
    `${pathOf(directory, inputs)}.lock`,
    async () => await stored() ?? await save(directory, await noted(compute)),
    { signal, waiting },
  );

  /** What fails leaves its reason for {@link workOn}; what is stopped does not. */
  async function noted(compute: () => Promise<R>): Promise<R> {
    const note = failureOf(directory, inputs);
    try {
      const result = await compute();
      await Deno.remove(note).catch(() => {}); // of an earlier time, if there is one
      return result;
    } catch (error) {
      if (error instanceof Problem && !signal?.aborted) await writeAtomic(note, error.message);
      throw error;
    }
  }
}

/** What is known of a result that is not stored. */
export type Work = { running?: string; failed?: string };

/** Who computes a result now, or why it failed the last time. */
export async function workOn(directory: string, inputs: object): Promise<Work> {
  const running = await holderNow(`${pathOf(directory, inputs)}.lock`);
  if (running) return { running };
  const failed = await Deno.readTextFile(failureOf(directory, inputs)).catch(() => undefined);
  return failed === undefined ? {} : { failed };
}

const failureOf = (directory: string, inputs: object) => `${pathOf(directory, inputs)}.failed`;

function pathOf(directory: string, inputs: object): string {
  return join(directory, `${runKey(inputs)}.json`);
}
