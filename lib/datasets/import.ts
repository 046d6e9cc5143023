/** From files to an index: every image is read and decoded once, and what is wrong is written down. */
import { crc32 } from "node:zlib";
import { sha256 } from "../base/hash.ts";
import { messageOf, Problem } from "../base/problem.ts";
import { type Progress, silent } from "../base/progress.ts";
import { inspect, type Inspected, planarThumbnail, rowMajor } from "./decode.ts";
import { findDuplicates, type Fingerprint, perceptualHash, shrink } from "./duplicates.ts";
import {
  type Container,
  forms,
  type ImageIndex,
  type IndexedImage,
  type IndexHeader,
  makeIndex,
} from "./image_index.ts";
import { duplicatesReport, type Known, makeManifest, type Manifest } from "./manifest.ts";
import type { ListedImage, Source } from "./source.ts";
import type { FileTree, Location, Skipped } from "./trees/file_tree.ts";
import { readPart } from "./trees/ranges.ts";

/** A data set that was looked at in full. */
export interface Imported {
  manifest: Manifest;
  /** One a split, in the order in which the source lists them. */
  splits: ImageIndex[];
}

/** Where images go that cannot be read where they are. */
export interface Pack {
  path: string;
  /** Appends bytes; returns where they begin. */
  append(bytes: Uint8Array): Promise<number>;
}

const AT_ONCE = 16; // more than sharp has threads, few enough for memory

/** What came of one image. */
type Outcome =
  | { image: IndexedImage; fingerprint: Fingerprint; oddities: string[] }
  | { skipped: Skipped };

/**
 * Imports a tree.
 *
 * @param name of the data set
 * @param sources what the manifest says of where it came from
 * @param pack takes the images of a tree that cannot be read in place, and raw ones that are
 *   compressed
 * @param strict refuses a broken image, which is otherwise left out and counted
 * @throws {Problem} where the layout is broken, and where no image is left
 */
export async function importImages(
  tree: FileTree,
  source: Source,
  { name, sources, pack, strict = false, progress = silent }: {
    name: string;
    sources: Manifest["sources"];
    pack?: () => Promise<Pack>;
    strict?: boolean;
    progress?: Progress;
  },
): Promise<Imported> {
  const { classes, splits, skipped: unlisted } = await source.list(tree);
  const total = Object.values(splits).reduce((sum, images) => sum + images.length, 0);
  const reader = readerOf(tree, pack);
  const skipped: Skipped[] = [...tree.skipped, ...unlisted];
  const known: Known[] = [], fingerprints: Fingerprint[] = [], oddities: string[] = [];
  const indices: ImageIndex[] = [];
  let done = 0;
  for (const [split, listed] of Object.entries(splits)) {
    const kept: IndexedImage[] = [], digests: string[] = [];
    for (let start = 0; start < listed.length; start += AT_ONCE) {
      const chunk = listed.slice(start, start + AT_ONCE);
      for (const outcome of await Promise.all(chunk.map((image) => examine(image, reader)))) {
        done++;
        if ("skipped" in outcome) {
          skipped.push(outcome.skipped);
          if (strict) throw refused(tree, outcome.skipped);
          continue;
        }
        const { image, fingerprint } = outcome;
        kept.push(image);
        digests.push(fingerprint.digest);
        known.push({ name: image.id, split, labels: image.labels });
        fingerprints.push(fingerprint);
        oddities.push(...outcome.oddities);
      }
      progress(done, total, "images looked at");
    }
    indices.push(makeIndex(headerOf({ name, split, classes, kept, digests }, reader), kept));
  }
  if (known.length === 0) throw refused(tree, skipped[0] ?? { name: "", reason: "no images" });
  const duplicates = duplicatesReport(findDuplicates(fingerprints), known);
  const manifest = makeManifest(
    { name, layout: source.name, sources, classes },
    indices,
    { skipped, oddities, duplicates },
  );
  return { manifest, splits: indices };
}

function refused({ path }: FileTree, { name, reason }: Skipped): Problem {
  return new Problem(`${path}: ${name} cannot be used (${reason}): replace or remove it`);
}

function headerOf(
  { name, split, classes, kept, digests }: {
    name: string;
    split: string;
    classes: string[];
    kept: readonly IndexedImage[];
    digests: readonly string[];
  },
  { containers, root }: Reader,
): IndexHeader {
  const content = kept.map(({ id, labels, boxes }, i) => [id, labels, digests[i], boxes]);
  return {
    name,
    split,
    classes,
    contentHash: sha256(JSON.stringify(classes), ...content.map((row) => JSON.stringify(row))),
    containers,
    root: root(),
    multiLabel: kept.some(({ labels }) => labels.length > 1),
    boxes: kept.some(({ boxes }) => boxes.length > 0),
  };
}

/** Reads images, and remembers where they lie. */
interface Reader {
  containers: Container[];
  /** See `IndexHeader.root`. */
  root(): string;
  read(image: ListedImage): Promise<{ bytes: Uint8Array; place: Place }>;
}

type Place = Pick<IndexedImage, "container" | "offset" | "stored" | "deflated">;

function readerOf(tree: FileTree, openPack: (() => Promise<Pack>) | undefined): Reader {
  const containers: Container[] = [];
  const numbers = new Map<string, number>(); // of the containers, by path
  let root: string | undefined;
  let pack: Promise<Pack> | undefined;
  let whole: { file: number; bytes: Promise<Uint8Array> } | undefined; // of raw images, the last
  const numberOf = async (path: string) => {
    const { size, mtime } = await Deno.stat(path);
    if (!numbers.has(path)) {
      numbers.set(path, containers.length);
      containers.push({ path, bytes: size, modified: mtime?.getTime() ?? 0 });
    }
    return numbers.get(path)!;
  };
  const readWhole = (file: number) => {
    if (whole?.file !== file) whole = { file, bytes: tree.read(file) };
    return whole.bytes;
  };
  const packed = async (bytes: Uint8Array): Promise<Place> => {
    if (!openPack) throw new Problem(`${tree.path}: its images cannot be read in place`);
    const { path, append } = await (pack ??= openPack());
    const offset = await append(bytes);
    return { container: await numberOf(path), offset, stored: bytes.length, deflated: false };
  };
  const inPlace = async (id: string, location: Location, raw = 0): Promise<Place> => {
    const { path, stored, deflated } = location, offset = location.offset + raw;
    const prefix = path.endsWith(`/${id}`) && offset === 0 ? path.slice(0, -id.length) : undefined;
    if (prefix !== undefined && prefix === (root ??= prefix)) {
      return { container: -1, offset, stored, deflated };
    }
    return { container: await numberOf(path), offset, stored, deflated };
  };
  return {
    containers,
    root: () => root ?? "",
    read: async ({ id, file, raw }) => {
      const location = await tree.locate?.(file);
      if (!raw) {
        const bytes = await tree.read(file);
        return { bytes, place: location ? await inPlace(id, location) : await packed(bytes) };
      }
      const length = 3 * raw.height * raw.width;
      if (!location || location.deflated) {
        const bytes = (await readWhole(file)).slice(raw.offset, raw.offset + length);
        return { bytes, place: await packed(bytes) };
      }
      const bytes = await readPart(location, raw.offset, length);
      return { bytes, place: { ...await inPlace(id, location, raw.offset), stored: length } };
    },
  };
}

/** Reads and decodes one image. */
async function examine(listed: ListedImage, reader: Reader): Promise<Outcome> {
  const { id, labels, boxes = [], raw } = listed;
  let bytes: Uint8Array;
  try {
    const read = await reader.read(listed);
    bytes = read.bytes;
    const seen = raw ? await rawInspected(bytes, raw) : await inspect(bytes, id, {
      asStored: boxes.length > 0,
    });
    const { height, width, oddities } = seen;
    return {
      image: {
        ...{ id, labels, boxes, height, width, form: formOf(seen, listed), ...read.place },
        ...{ size: bytes.length, crc: crc32(bytes) | 0 },
      },
      fingerprint: {
        digest: sha256(bytes),
        hash: perceptualHash(seen.thumbnail),
        gray: shrink(seen.thumbnail),
      },
      oddities,
    };
  } catch (error) {
    return { skipped: { name: id, reason: messageOf(error) } };
  }
}

async function rawInspected(
  bytes: Uint8Array,
  raw: NonNullable<ListedImage["raw"]>,
): Promise<Inspected> {
  const thumbnail = await planarThumbnail(rowMajor(bytes, raw), raw);
  return { height: raw.height, width: raw.width, plainJpeg: false, oddities: [], thumbnail };
}

function formOf({ plainJpeg }: Inspected, { raw, boxes = [] }: ListedImage): number {
  if (raw) return raw.columnMajor ? forms.rawColumnMajor : forms.raw;
  if (plainJpeg) return forms.plainJpeg;
  return boxes.length > 0 ? forms.encodedAsStored : forms.encoded;
}
