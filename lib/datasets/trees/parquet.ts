/** Parquet files as on the Hugging Face hub, seen as folders of images: a row is a file. */
import { dirname, join, resolve, sep } from "@std/path";
import { Problem } from "../../base/problem.ts";
import type { FileTree } from "./file_tree.ts";
import { type Members, sortMembers } from "./members.ts";
import { imagesOf, labelsOf, openShard, type Shard } from "./parquet_shard.ts";
import { closeFile } from "./ranges.ts";

type Column = "shard" | "group" | "row";

/**
 * Lists the rows of parquet files as `<split>/<class>/<file>-<row>.<type>`, e.g.
 * `train/tabby cat/train-00000-of-00002-00017.jpg`, so that they can be taken for folders of
 * classes. The split is what the file's name says, or its folder's, else `train`. Rows of no class
 * are `unlabeled/…`; where no row can have one, `<split>/…`. The type is that of the file's first
 * image.
 *
 * Only the labels are read. Images are decoded a row group at a time, and the groups read last are
 * kept: reading in the order of {@link FileTree.order} decodes each once. A file's size is the mean
 * of its group.
 *
 * @throws {Problem} for a file that is no whole parquet file, or has no column of images
 */
export async function parquetTree(paths: readonly string[]): Promise<FileTree> {
  const files = paths.map((path) => resolve(path));
  const folder = commonFolder(files), safe = safeNames();
  const shards: Shard[] = [], names: string[] = [];
  const columns: Record<Column, number[]> = { shard: [], group: [], row: [] };
  try {
    for (const file of files) {
      const shard = await openShard(file);
      const stem = file.slice(folder.length).replaceAll(sep, "-").replace(/\.parquet$/i, "");
      const name = await rowNames(shard, stem, safe);
      for (const [g, group] of shard.groups.entries()) {
        (await labelsOf(shard, group)).forEach((label, k) => {
          names.push(name(group.start + k, label));
          columns.shard.push(shards.length);
          columns.group.push(g);
          columns.row.push(group.start + k);
        });
      }
      shards.push(shard);
    }
    return toTree(paths.join(", "), shards, sortMembers(names, columns));
  } catch (error) {
    files.forEach(closeFile);
    throw error;
  }
}

/** What the rows of a file are called. */
async function rowNames(shard: Shard, stem: string, safe: (label: string) => string) {
  const { columns, groups } = shard;
  const digits = String(Math.max(0, (groups.at(-1)?.end ?? 0) - 1)).length;
  const type = await typeOf(shard), split = splitOf(stem);
  return (row: number, label?: string) => {
    const known = label === undefined ? undefined : `${split}/${safe(label)}`;
    const place = known ?? (columns.label === undefined ? split : "unlabeled");
    return `${place}/${stem}-${String(row).padStart(digits, "0")}.${type}`;
  };
}

function toTree(
  path: string,
  shards: Shard[],
  { names, columns, again }: Members<Column>,
): FileTree {
  if (again.length > 0) {
    throw new Problem(`${path}: two files would name an image ${again[0]}: rename one of them`);
  }
  const { shard, group, row } = columns;
  const images = keepingLast(2, (s, g) => imagesOf(shards[s], shards[s].groups[g]));
  const order = [...names.keys()].sort((a, b) => shard[a] - shard[b] || row[a] - row[b]);
  return {
    path,
    names,
    skipped: [],
    order,
    size(i) {
      const { bytes, start, end } = shards[shard[i]].groups[group[i]];
      return Math.round(bytes / (end - start));
    },
    async read(i) {
      const { path, groups } = shards[shard[i]];
      const image = (await images(shard[i], group[i]))[row[i] - groups[group[i]].start];
      if (image) return image.slice(); // a copy, so that it does not keep its group in memory
      throw new Problem(`${path}: row ${row[i]} holds no image: remove it, or go on without it`);
    },
    close: () => shards.forEach((shard) => closeFile(shard.path)),
  };
}

/** The results of the last few calls; of calls under way too, so that none is made twice. */
function keepingLast<T>(
  count: number,
  work: (s: number, g: number) => Promise<T>,
): (s: number, g: number) => Promise<T> {
  const kept = new Map<string, Promise<T>>();
  return (s, g) => {
    const key = `${s} ${g}`;
    const result = kept.get(key) ?? work(s, g);
    kept.delete(key);
    kept.set(key, result);
    if (kept.size > count) kept.delete(kept.keys().next().value!);
    return result;
  };
}

/** The deepest folder that holds all files, with the separator at its end. */
function commonFolder(files: readonly string[]): string {
  let folder = dirname(files[0]);
  while (!files.every((file) => file.startsWith(join(folder, sep)))) folder = dirname(folder);
  return join(folder, sep);
}

const SPLIT = /(?:^|[^a-z])(train|validation|valid|val|test|unlabeled)(?![a-z])/i;

/** `train-00000-of-00002` is of the split `train`. */
const splitOf = (stem: string) => SPLIT.exec(stem)?.[1].toLowerCase() ?? "train";

/** Names of classes as names of folders: each another, as long as the classes are. */
function safeNames(): (name: string) => string {
  const safe = new Map<string, string>(), taken = new Set<string>();
  return (name) => {
    const known = safe.get(name);
    if (known !== undefined) return known;
    // deno-lint-ignore no-control-regex -- no terminal should obey a class
    let folder = name.replaceAll("/", "∕").replace(/[\x00-\x1f\x7f]/g, "_");
    if (/^\.{0,2}$/.test(folder)) folder = `_${folder}`;
    while (taken.has(folder)) folder += "_";
    safe.set(name, folder);
    taken.add(folder);
    return folder;
  };
}

/** The extension for what a file's first image is, e.g. `jpg`; `img` where that is unknown. */
async function typeOf(shard: Shard): Promise<string> {
  const [group] = shard.groups;
  if (!group) return "img";
  const [first] = await imagesOf(shard, { ...group, end: group.start + 1 });
  const image = first ?? (await imagesOf(shard, group)).find((image) => image);
  const beginning = String.fromCharCode(...image?.subarray(0, 16) ?? []);
  return TYPES.find(([, signature]) => signature.test(beginning))?.[0] ?? "img";
}

const TYPES: [type: string, signature: RegExp][] = [
  ["jpg", /^\xff\xd8\xff/],
  ["png", /^\x89PNG/],
  ["gif", /^GIF8/],
  ["webp", /^RIFF....WEBP/s],
  ["bmp", /^BM/],
  ["tiff", /^(II\*\0|MM\0\*)/],
  ["avif", /^....ftypavi[fs]/s],
];
