/** Opens whatever a data set comes in: a folder, an archive, parquet files, or several of these. */
import { Buffer } from "node:buffer";
import { join, resolve } from "@std/path";
import { Problem } from "../../base/problem.ts";
import type { Progress } from "../../base/progress.ts";
import type { FileTree } from "./file_tree.ts";
import { folderTree } from "./folder.ts";
import { gunzipped } from "./gunzip.ts";
import { joinedTree } from "./joined.ts";
import { inOrder } from "./names.ts";
import { parquetTree } from "./parquet.ts";
import { cannotRead } from "./ranges.ts";
import { tarTree } from "./tar.ts";
import { isTar } from "./tar_headers.ts";
import { zipTree } from "./zip.ts";

/** What opening may need. */
export interface OpenOptions {
  /** The folder for what must be unpacked first, which is kept for the next time. */
  scratch: string;
  progress: Progress;
}

/**
 * Opens a folder, a .zip, a .tar, a .tar.gz or .parquet files, told by what is in them; several
 * paths become one tree. A folder of parquet files, as a copy of a Hugging Face repository is, is
 * opened as these.
 *
 * @throws {Problem} for a path that is not there, is empty or is of no kind that can be read, and
 *   for a name that two of the paths have
 */
export async function openTree(
  path: string | readonly string[],
  options: OpenOptions,
): Promise<FileTree> {
  const paths = typeof path === "string" ? [path] : path;
  if (paths.length === 0) throw new Problem("no path: give a folder or an archive");
  const kinds: Kind[] = [];
  for (const path of paths) kinds.push(await kindOf(path));
  const trees: FileTree[] = [];
  try {
    const shards = paths.filter((_, k) => kinds[k] === "parquet");
    if (shards.length > 0) trees.push(await parquetTree(shards)); // as one, for names of their own
    for (const [k, path] of paths.entries()) {
      if (kinds[k] !== "parquet") trees.push(await openers[kinds[k]](path, options));
    }
    return trees.length === 1 ? trees[0] : joinedTree(trees);
  } catch (error) {
    for (const tree of trees) tree.close();
    throw error;
  }
}

type Kind = "folder" | "zip" | "tar" | "gzip" | "parquet";

const openers: Record<
  Exclude<Kind, "parquet">,
  (path: string, options: OpenOptions) => Promise<FileTree>
> = {
  folder: openFolder,
  zip: zipTree,
  tar: (path, { progress }) => tarTree(path, progress),
  gzip: async (path, { scratch, progress }) =>
    await tarTree(path, progress, await gunzipped(path, scratch, progress)),
};

/** What stands beside the parquet files of a repository. */
const ABOUT = /\.(md|txt|json|ya?ml|py)$|(^|\/)[^./]+$/i;

async function openFolder(path: string): Promise<FileTree> {
  const tree = await folderTree(path);
  const shards = tree.names.filter((name) => /\.parquet$/i.test(name));
  const others = tree.names.filter((name) => !/\.parquet$/i.test(name));
  if (shards.length === 0 || !others.every((name) => ABOUT.test(name))) return tree;
  const aside = others.map((name) => ({ name, reason: "no parquet file" }));
  return {
    ...await parquetTree(shards.map((name) => join(path, name))),
    path,
    skipped: inOrder([...tree.skipped, ...aside]),
  };
}

/** How files of each kind begin, in hex. */
const SIGNATURES: Record<string, Kind | Foreign> = {
  "504b0304": "zip",
  "504b0506": "zip", // without members
  "504b0708": "zip",
  "1f8b": "gzip",
  "50415231": "parquet",
  "526172211a07": "a .rar archive",
  "377abcaf271c": "a .7z archive",
  "425a68": "compressed with bzip2",
  "fd377a585a00": "compressed with xz",
  "28b52ffd": "compressed with zstd",
};

/** What cannot be read without unpacking it by hand. */
type Foreign = `a .${string} archive` | `compressed with ${string}`;

async function kindOf(path: string): Promise<Kind> {
  const info = await Deno.stat(path).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw cannotRead(path, error);
    throw new Problem(`there is no ${resolve(path)}: give a folder or an archive`);
  });
  if (info.isDirectory) return "folder";
  if (info.size === 0) throw new Problem(`${path} is empty: fetch it again`);
  const beginning = await firstBytes(path);
  if (isTar(beginning)) return "tar";
  const hex = beginning.toString("hex");
  const signature = Object.keys(SIGNATURES).find((signature) => hex.startsWith(signature));
  if (!signature) {
    const readable = "a folder, .zip, .tar, .tar.gz or .parquet";
    throw new Problem(`${path} is no archive that can be read: give ${readable}`);
  }
  const kind = SIGNATURES[signature];
  if (isForeign(kind)) throw new Problem(`${path} is ${kind}: unpack it, and give the folder`);
  return kind;
}

const isForeign = (kind: Kind | Foreign): kind is Foreign => kind.includes(" ");

async function firstBytes(path: string): Promise<Buffer> {
  const beginning = Buffer.alloc(512);
  try {
    using file = await Deno.open(path);
    const got = await file.read(beginning);
    return beginning.subarray(0, got ?? 0);
  } catch (error) {
    throw cannotRead(path, error);
  }
}
