/** From files to an index: every image is read and decoded once, and what is wrong is written down. */
import { createHash } from "node:crypto";
import { messageOf, Problem } from "../../base/problem.ts";
import { type Progress, silent } from "../../base/progress.ts";
import { AT_ONCE } from "./decode.ts";
import { type Duplicate, findDuplicates } from "./duplicates.ts";
import { type ImageIndex, type IndexedImage, type IndexHeader, makeIndex } from "./image_index.ts";
import type { Journal } from "./journal.ts";
import { fingerprintOf, look, type Seen } from "./look.ts";
import { duplicatesReport, makeManifest, type Manifest } from "./manifest.ts";
import { type Pack, type Place, type Places, placesOf } from "./places.ts";
import type { ListedImage, Source } from "../source.ts";
import type { FileTree, Skipped } from "../trees/file_tree.ts";

/** A data set that was looked at in full. */
export interface Imported {
  manifest: Manifest;
  /** One a split, in the order in which the source lists them. */
  splits: ImageIndex[];
}

/** What an import is told. */
export interface ImportOptions {
  /** Of the data set. */
  name: string;
  /** What the manifest says of where it came from. */
  sources: Manifest["sources"];
  /** Takes the images that cannot be read in place. */
  pack?: () => Promise<Pack>;
  /** Notes what was seen, so that an import that was killed goes on. */
  journal?: Journal<Seen>;
  /** Refuses a broken image, which is otherwise left out and counted. */
  strict?: boolean;
  progress?: Progress;
}

/**
 * Imports a tree.
 *
 * @throws {Problem} where the layout is broken, and where no image is left
 */
export async function importImages(
  tree: FileTree,
  source: Source,
  { name, sources, pack, journal, strict = false, progress = silent }: ImportOptions,
): Promise<Imported> {
  const { classes, splits, skipped: unlisted } = await source.list(tree);
  const total = Object.values(splits).reduce((sum, images) => sum + images.length, 0);
  const places = placesOf(tree, pack);
  const skipped: Skipped[] = [...tree.skipped, ...unlisted];
  const used: Used[] = [];
  let done = 0;
  for (const [split, listed] of Object.entries(splits)) {
    const outcomes: Outcome[] = [];
    const asOnDisk = inOrder(tree, listed);
    for (let start = 0; start < listed.length; start += AT_ONCE) {
      const chunk = asOnDisk.slice(start, start + AT_ONCE);
      const found = await examine(split, chunk.map((i) => listed[i]), places, journal);
      found.forEach((outcome, k) => {
        if (strict && !outcome.image) throw refused(tree, outcome.seen);
        outcomes[chunk[k]] = outcome;
      });
      progress(done += chunk.length, total, "images looked at");
    }
    for (const { seen, image } of outcomes) {
      if (image) used.push({ split, seen, image });
      else skipped.push(seen);
    }
  }
  if (used.length === 0) throw refused(tree, skipped[0] ?? { name: "", reason: "no images" });
  const duplicates = findDuplicates(used.map(({ seen }) => fingerprintOf(seen)));
  const likes = likesAmong(duplicates, used);
  const indices = Object.keys(splits).map((split) => {
    const images = used.flatMap(({ image, ...of }, i) =>
      of.split === split ? [{ ...of, image: { ...image, ...likes[i] } }] : []
    );
    const header = headerOf({ name, split, classes, images }, places);
    return makeIndex(header, images.map(({ image }) => image));
  });
  const manifest = makeManifest(
    { name, layout: source.name, sources, classes },
    indices,
    {
      skipped,
      oddities: used.flatMap(({ seen }) => seen.oddities),
      duplicates: duplicatesReport(
        duplicates,
        used.map(({ split, image: { id, labels } }) => (
          { name: id, split, labels }
        )),
      ),
    },
  );
  return { manifest, splits: indices };
}

/** An image that is not left out. */
type Used = { split: string; seen: Exclude<Seen, Skipped>; image: Bare };

/** All of an image but its likes, which are known at the end. */
type Bare = Omit<IndexedImage, "copyOf" | "elsewhere">;

/** For each image its first like in its own split, counted there, and whether others have one. */
function likesAmong(
  duplicates: readonly Duplicate[],
  used: readonly Used[],
): Pick<IndexedImage, "copyOf" | "elsewhere">[] {
  const parent = Int32Array.from(used, (_, i) => i);
  const rootOf = (i: number): number => {
    while (parent[i] !== i) i = parent[i] = parent[parent[i]];
    return i;
  };
  for (const { a, b } of duplicates) {
    const [x, y] = [rootOf(a), rootOf(b)];
    parent[Math.max(x, y)] = Math.min(x, y);
  }
  const groups = new Map<number, Map<string, number>>(); // by root: the first image in each split
  const counts = new Map<string, number>();
  const numbers = used.map(({ split }, i) => {
    const number = counts.get(split) ?? 0;
    counts.set(split, number + 1);
    const group = groups.get(rootOf(i)) ?? new Map<string, number>();
    groups.set(rootOf(i), group);
    if (!group.has(split)) group.set(split, number);
    return group;
  });
  return used.map(({ split }, i) => (
    { copyOf: numbers[i].get(split)!, elsewhere: numbers[i].size > 1 }
  ));
}

/** What came of one image: how it looks and where it lies, or why it is left out. */
type Outcome =
  | { seen: Exclude<Seen, Skipped>; image: Bare }
  | { seen: Skipped; image?: undefined };

/** Looks at images side by side, but for those that the journal knows: whole ones. */
async function examine(
  split: string,
  listed: readonly ListedImage[],
  places: Places,
  journal: Journal<Seen> | undefined,
): Promise<Outcome[]> {
  const fresh: [string, Seen][] = [];
  const outcomes = await Promise.all(listed.map(async (each): Promise<Outcome> => {
    const place = await places.inPlace(each).catch(messageOf);
    if (typeof place === "string") {
      return { seen: { name: each.id, reason: withoutFolders(place) } };
    }
    const key = `${split}/${each.id}${await stampOf(each, place, places)}`;
    const before = journal?.known(key);
    if (place && before) return outcome(each, before, place);
    const bytes = await places.read(each).catch((error) => withoutFolders(messageOf(error)));
    if (typeof bytes === "string") return { seen: { name: each.id, reason: bytes } };
    const seen = await look(each, bytes);
    if ("reason" in seen) return { seen };
    fresh.push([key, seen]);
    return outcome(each, seen, place ?? await places.pack(bytes));
  }));
  await journal?.note(fresh);
  return outcomes;
}

/** A message with files by their names: a manifest is for others, whose folders are others. */
function withoutFolders(message: string): string {
  return message.replaceAll(/(?:[A-Za-z]:)?[\\/](?:[^\\/\s:]+[\\/])+/g, "");
}

/** Tells whether a file of its own has changed; of an archive the journal knows that. */
async function stampOf({ id }: ListedImage, place: Place | undefined, places: Places) {
  if (place?.container !== -1) return "";
  const info = await Deno.stat(places.root() + id).catch(() => undefined);
  return ` ${info?.size} ${info?.mtime?.getTime()}`;
}

function outcome(
  { id, labels, boxes = [] }: ListedImage,
  seen: Seen,
  place: Place,
): Outcome {
  if ("reason" in seen) return { seen };
  const { height, width, form, size, crc } = seen;
  return { seen, image: { id, labels, boxes, height, width, form, size, crc, ...place } };
}

/** The positions of the images, those first that lie first on disk. */
function inOrder({ order }: FileTree, listed: readonly ListedImage[]): number[] {
  const positions = listed.map((_, i) => i);
  if (!order) return positions;
  const rank = new Int32Array(order.length);
  order.forEach((file, k) => rank[file] = k);
  return positions.sort((i, j) => rank[listed[i].file] - rank[listed[j].file]);
}

function refused({ path }: FileTree, { name, reason }: Skipped): Problem {
  return new Problem(`${path}: ${name} cannot be used (${reason}): replace or remove it`);
}

function headerOf(
  { name, split, classes, images }: {
    name: string;
    split: string;
    classes: string[];
    images: readonly { seen: Exclude<Seen, Skipped>; image: IndexedImage }[];
  },
  { containers, root }: Places,
): IndexHeader {
  const content = createHash("sha256").update(JSON.stringify(classes));
  for (const { seen: { digest }, image: { id, labels, boxes } } of images) {
    content.update(JSON.stringify([id, labels, digest, boxes]));
  }
  return {
    name,
    split,
    classes,
    contentHash: content.digest("hex"),
    containers,
    root: root(),
    multiLabel: images.some(({ image }) => image.labels.length > 1),
    boxes: images.some(({ image }) => image.boxes.length > 0),
  };
}
