/** Looks for TensorFlow's C library on this machine; fetches nothing. */
import { join } from "@std/path";
import { exists } from "../base/files.ts";
import { messageOf, Problem } from "../base/problem.ts";
import type { PythonTensorFlow } from "./python.ts";
import type { Pinned } from "./wheels.ts";

/** The two shared libraries, where they are and where they came from. */
export interface Located {
  /** Path of libtensorflow_cc. */
  core: string;
  /** Path of libtensorflow_framework, which libtensorflow_cc needs. */
  framework: string;
  /** `unknown` for a folder that does not say it; the loaded library always does. */
  version: string;
  source: "environment" | "cache" | "python" | "fetched";
}

/** Where to look, in this order. */
export interface Places {
  /** The value of `SEMANTIC_PAIRS_TENSORFLOW`. */
  folder: string | undefined;
  /** The folder of the per-user cache. */
  cache: string;
  /** Asks the machine's Python. */
  python: () => Promise<PythonTensorFlow | undefined>;
}

/** What an engine folder in the cache says of itself, in `manifest.json`. */
export interface Manifest {
  version: string;
  /** What it was taken from, e.g. `tensorflow-cpu==2.21.0`. */
  wheel: string;
  libraries: readonly Pinned[];
}

/** The state of an engine folder in the cache. */
export type Inspection =
  | { state: "absent" }
  | { state: "whole"; manifest: Manifest }
  | { state: "damaged"; why: string };

/** The file names of the two libraries here. */
export const libraryNames: { core: string; framework: string } = {
  darwin: { core: "libtensorflow_cc.2.dylib", framework: "libtensorflow_framework.2.dylib" },
  windows: { core: "tensorflow_cc.2.dll", framework: "tensorflow_framework.2.dll" },
}[Deno.build.os as string] ??
  { core: "libtensorflow_cc.so.2", framework: "libtensorflow_framework.so.2" };

/** The oldest TensorFlow whose C library has all that the engine calls. */
const oldest = [2, 16];

/**
 * The first library found: a folder that the user names, the cache, an installed Python tensorflow.
 *
 * @throws {Problem} where the user names a folder without the libraries
 */
export async function locateTensorFlow(places: Places): Promise<Located | undefined> {
  return await inFolder(places.folder) ?? await inCache(places.cache) ??
    await inPython(places.python);
}

async function inFolder(folder: string | undefined): Promise<Located | undefined> {
  if (!folder) return undefined;
  for (const candidate of [folder, join(folder, "tensorflow")]) {
    if (!await holdsLibraries(candidate)) continue;
    const inspection = await inspect(candidate);
    const version = inspection.state === "whole" ? inspection.manifest.version : "unknown";
    return located(candidate, version, "environment");
  }
  const { core, framework } = libraryNames;
  throw new Problem(
    `SEMANTIC_PAIRS_TENSORFLOW is ${folder}, but neither it nor its folder tensorflow holds ` +
      `${core} and ${framework}: set it to the folder that does, or unset it`,
  );
}

async function inCache(folder: string): Promise<Located | undefined> {
  const inspection = await inspect(folder);
  if (inspection.state !== "whole") return undefined;
  return located(folder, inspection.manifest.version, "cache");
}

async function inPython(find: Places["python"]): Promise<Located | undefined> {
  const found = await find();
  if (!found || !isRecent(found.version) || !await holdsLibraries(found.folder)) return undefined;
  return located(found.folder, found.version, "python");
}

/**
 * Whether an engine folder is as its manifest says. Sizes only: this is asked at every start, and
 * the contents were hashed before the folder got its name.
 */
export async function inspect(folder: string): Promise<Inspection> {
  if (!await exists(folder)) return { state: "absent" };
  try {
    const manifest: Manifest = JSON.parse(await Deno.readTextFile(join(folder, "manifest.json")));
    for (const { name, bytes } of manifest.libraries) {
      const size = await Deno.stat(join(folder, name)).then(({ size }) => size, () => "no");
      if (size !== bytes) {
        return { state: "damaged", why: `${name} has ${size} bytes instead of ${bytes}` };
      }
    }
    return { state: "whole", manifest };
  } catch (error) {
    return { state: "damaged", why: messageOf(error) };
  }
}

/** The record of the libraries in a folder that is known to hold them. */
export function located(folder: string, version: string, source: Located["source"]): Located {
  const { core, framework } = libraryNames;
  return { core: join(folder, core), framework: join(folder, framework), version, source };
}

async function holdsLibraries(folder: string): Promise<boolean> {
  const { core, framework } = libraryNames;
  const size = await Deno.stat(join(folder, core)).then(({ size }) => size, () => 0);
  // The wheels for Windows hold an empty shell of 9 kB by this name.
  return size > 64_000 && await exists(join(folder, framework));
}

function isRecent(version: string): boolean {
  const [major, minor] = version.split(".").map(Number);
  return major > oldest[0] || (major === oldest[0] && minor >= oldest[1]);
}
