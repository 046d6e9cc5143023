/** Gets TensorFlow's C library: found on this machine, else fetched once into the per-user cache. */
import { basename, dirname, join } from "@std/path";
import { cacheDirectory } from "../base/files.ts";
import { messageOf, Problem } from "../base/problem.ts";
import { consoleProgress, type Progress } from "../base/progress.ts";
import { type Download, downloadWheel } from "./download.ts";
import {
  inspect,
  type Located,
  located,
  locateTensorFlow,
  type Manifest,
  type Places,
} from "./locate.ts";
import { pythonTensorFlow } from "./python.ts";
import { version, type Wheel, wheelFor } from "./wheels.ts";

export type { Located } from "./locate.ts";

/** What an installation depends on. */
export interface Machine extends Places {
  /** @throws {Problem} where this platform has none */
  wheel: () => Wheel;
  download: Download;
}

/** This machine, as the environment describes it. */
export function thisMachine(): Machine {
  const { os, arch } = Deno.build;
  return {
    folder: Deno.env.get("SEMANTIC_PAIRS_TENSORFLOW"),
    cache: cacheDirectory("tensorflow", `${version}-${os}-${arch}`),
    python: pythonTensorFlow,
    wheel: () => wheelFor(`${os}-${arch}`),
    download: downloadWheel,
  };
}

/**
 * TensorFlow's C library. Takes milliseconds where it is there already; else fetches 0.3 GB, once.
 * A kill at any moment leaves either no engine or a whole one, and several installations at once end
 * with one.
 *
 * @param progress opens a progress line with a label
 * @throws {Problem} that names the ways out, where there is none and none can be fetched
 */
export async function installTensorFlow(
  { machine = thisMachine(), progress = consoleProgress }: {
    machine?: Machine;
    progress?: (label: string) => Progress;
  } = {},
): Promise<Located> {
  await sweep(machine.cache).catch(() => {}); // tidying up must not stand in the way
  return await locateTensorFlow(machine) ?? await fetchTensorFlow(machine, progress);
}

async function fetchTensorFlow(
  { cache, wheel: find, download }: Machine,
  progress: (label: string) => Progress,
): Promise<Located> {
  const wheel = find();
  const part = `${cache}.${crypto.randomUUID().slice(0, 8)}.part`;
  try {
    await Deno.mkdir(join(part, "download"), { recursive: true });
    await Deno.mkdir(join(part, "engine"));
    const archive = await download(wheel, join(part, "download"), progress("fetching TensorFlow"));
    const { unpackLibraries } = await import("./unpack.ts"); // seldom needed, and not small
    await unpackLibraries(archive, wheel, join(part, "engine"), progress("unpacking TensorFlow"));
    const manifest: Manifest = { version, wheel: wheel.requirement, libraries: wheel.libraries };
    const text = JSON.stringify(manifest, null, 2) + "\n";
    await Deno.writeTextFile(join(part, "engine", "manifest.json"), text);
    await putInPlace(join(part, "engine"), cache);
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw new Problem(`TensorFlow could not be installed in ${cache}: ${messageOf(error)}`);
  } finally {
    await Deno.remove(part, { recursive: true }).catch(() => {});
  }
  return located(cache, version, "fetched");
}

/** One rename. A damaged folder gives way; where another process was first, its folder stays. */
async function putInPlace(made: string, target: string): Promise<void> {
  const old = await inspect(target);
  if (old.state === "damaged") {
    console.error(`${target} is damaged (${old.why}): replaced`);
    await Deno.rename(target, join(dirname(made), "damaged")).catch(() => {}); // or already gone
  }
  try {
    await Deno.rename(made, target);
  } catch (error) {
    if ((await inspect(target)).state !== "whole") throw error;
  }
}

/** Removes what killed installations left behind more than a day ago. */
async function sweep(cache: string): Promise<void> {
  const folder = dirname(cache);
  for await (const { name } of Deno.readDir(folder)) {
    if (!name.startsWith(basename(cache)) || !name.endsWith(".part")) continue;
    const path = join(folder, name);
    const { mtime } = await Deno.stat(path);
    const old = mtime !== null && Date.now() - mtime.getTime() > 24 * 60 * 60 * 1000;
    if (old) await Deno.remove(path, { recursive: true }).catch(() => {});
  }
}
