/** The imported data sets: kept by name, loaded by name. */
import { basename, join, resolve } from "@std/path";
import { checkout, exists, writeAll, writeAtomic } from "../base/files.ts";
import { Problem } from "../base/problem.ts";
import { type Progress, silent } from "../base/progress.ts";
import type { Dataset } from "./dataset.ts";
import { sha256Of } from "./importing/fetch.ts";
import { importImages } from "./importing/import.ts";
import { openJournal } from "./importing/journal.ts";
import type { Seen } from "./importing/look.ts";
import { decodeIndex, encodeIndex, type ImageIndex } from "./importing/image_index.ts";
import { checkName, type Manifest, manifestFile } from "./importing/manifest.ts";
import { ofClasses } from "./of_classes.ts";
import { type HoldOptions, openIndex } from "./open_index.ts";
import type { Pack } from "./importing/places.ts";
import { sourceOf } from "./sources.ts";
import { openTree } from "./trees/open.ts";

/** The folders in which imported data sets lie; new ones go to the first. */
export function dataFolders(): string[] {
  const elsewhere = Deno.env.get("SEMANTIC_PAIRS_DATA");
  return [...(elsewhere ? [resolve(elsewhere)] : []), join(checkout, "data")];
}

/**
 * Imports a folder or archives under a name: reads and decodes every image once, and writes
 * `data/manifests/NAME.json` and, beside the data, the index of each split. The files stay where
 * they are and are read from there. An import that was killed goes on where it was, but for images
 * that cannot be read in place (parquet), which are packed anew.
 *
 * @param paths a folder, or archives that together are one set
 * @param layout the name of a layout; recognised by default
 * @throws {Problem} where there is no image set, or its layout contradicts itself
 */
export async function importSet(
  name: string,
  paths: readonly string[],
  { layout, classes, progress = () => silent }: {
    layout?: string;
    /** Of these classes alone, see `ofClasses`; all by default. */
    classes?: readonly string[];
    /** A progress for each stage. */
    progress?: (stage: string) => Progress;
  } = {},
): Promise<Manifest> {
  const folder = join(dataFolders()[0], checkName(name));
  using _ = await lockData(folder);
  const absolute = paths.map((path) => resolve(path));
  const tree = await openTree(absolute, { scratch: folder, progress: progress("unpacking") });
  try {
    const whole = sourceOf(tree, layout);
    const source = classes ? ofClasses(whole, classes) : whole;
    const sources: Manifest["sources"] = [];
    for (const path of absolute) sources.push(await describeSource(path, progress("checking")));
    const packName = `images-${crypto.randomUUID().slice(0, 8)}.bin`;
    const packer = packInto(join(folder, packName));
    const job = { layout: source.name, classes, sources: await Promise.all(absolute.map(stampOf)) };
    const journal = await openJournal<Seen>(join(folder, "import.journal"), job);
    const { manifest, splits } = await importImages(tree, source, {
      ...{ name, sources, pack: packer.open, journal, progress: progress("importing") },
    }).finally(packer.close).finally(journal.close);
    for (const index of splits) {
      await writeAtomic(join(folder, `${index.split}.index`), encodeIndex(index));
    }
    await writeAtomic(manifestFile(name), JSON.stringify(manifest, null, 2) + "\n");
    await journal.finish();
    await removeOtherPacks(folder, packName);
    return manifest;
  } finally {
    tree.close();
  }
}

/** Waits until no other process imports into the folder; a killed one no longer does. */
export async function lockData(folder: string): Promise<Disposable> {
  await Deno.mkdir(folder, { recursive: true });
  const file = await Deno.open(join(folder, "import.lock"), { write: true, create: true });
  const patience = setTimeout(() => console.error(`waiting for another import to ${folder}`), 1000);
  await file.lock(true);
  clearTimeout(patience);
  return file;
}

/** What a file is known by, without reading it. */
async function stampOf(path: string) {
  const { size, mtime } = await Deno.stat(path);
  return { path, size, modified: mtime?.getTime() };
}

async function describeSource(path: string, progress: Progress): Promise<Manifest["sources"][0]> {
  const { isFile, size } = await Deno.stat(path);
  const known = { name: basename(path) };
  return isFile ? { ...known, bytes: size, sha256: await sha256Of(path, progress) } : known;
}

/** Images of earlier imports, which no index speaks of any more. */
async function removeOtherPacks(folder: string, name: string): Promise<void> {
  for await (const entry of Deno.readDir(folder)) {
    if (/^images-\w+\.bin$/.test(entry.name) && entry.name !== name) {
      await Deno.remove(join(folder, entry.name)).catch(() => {});
    }
  }
}

/** Takes images that cannot be read where they are, into a new file. */
function packInto(path: string): { open(): Promise<Pack>; close(): Promise<void> } {
  let file: Deno.FsFile | undefined, size = 0;
  let written: Promise<void> = Promise.resolve();
  return {
    open: async () => {
      await Deno.mkdir(resolve(path, ".."), { recursive: true });
      file = await Deno.open(path, { write: true, createNew: true });
      return {
        path,
        append: async (bytes) => {
          const offset = size;
          size += bytes.length;
          await (written = written.then(() => writeAll(file!, bytes)));
          return offset;
        },
      };
    },
    close: async () => {
      await written.catch(() => {});
      file?.close();
    },
  };
}

/** Which split of a set, and how its images are held. */
export interface LoadOptions extends HoldOptions {
  /** Default `train`, or the only one there is. */
  split?: string;
}

/**
 * A split of an imported data set.
 *
 * @throws {Problem} for a set that is not here, and a split that it does not have
 * @example
 * ```ts ignore
 * const train = await load("tiny-imagenet", { split: "train", size: 64 });
 * ```
 */
export async function load(name: string, options: LoadOptions): Promise<Dataset> {
  return await openIndex(await loadIndex(name, options.split), options);
}

/** The manifest of an imported set; undefined where there is none. */
export async function manifestOf(name: string): Promise<Manifest | undefined> {
  const path = manifestFile(checkName(name));
  if (!await exists(path)) return undefined;
  try {
    const manifest: Manifest = JSON.parse(await Deno.readTextFile(path));
    if (manifest.splits && manifest.hash) return manifest;
  } catch {
    // said below
  }
  throw new Problem(`${path} is no whole manifest: remove it and import ${name} again`);
}

/** The index of a split. */
async function loadIndex(name: string, split?: string): Promise<ImageIndex> {
  const manifest = await manifestOf(name);
  if (!manifest) throw notHere(name, "was never imported");
  const splits = Object.keys(manifest.splits);
  const chosen = split ?? (splits.length === 1 ? splits[0] : "train");
  if (!splits.includes(chosen)) {
    throw new Problem(`${name} has no split "${chosen}"; it has ${splits.join(", ")}`);
  }
  let found = `is not in ${dataFolders().join(" or ")}`;
  for (const folder of dataFolders()) {
    const path = join(folder, name, `${chosen}.index`);
    const bytes = await Deno.readFile(path).catch(() => undefined);
    if (!bytes) continue;
    const index = decodeIndex(bytes, path);
    if (index.contentHash === manifest.splits[chosen].contentHash) return index;
    found = `is not what ${basename(manifestFile(name))} says (${path} is of other data)`;
  }
  throw notHere(name, found);
}

function notHere(name: string, what: string): Problem {
  return new Problem(
    `the data set ${name} ${what}: \`deno task data ${name} --archive FILE\` imports it ` +
      "(`deno task data --help` tells what can be fetched)",
  );
}
