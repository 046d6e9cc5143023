/** From files to an index: every image is read and decoded once, and what is wrong is written down. */
import { sha256 } from "../../base/hash.ts";
import { messageOf, Problem } from "../../base/problem.ts";
import { type Progress, silent } from "../../base/progress.ts";
import { findDuplicates, type Fingerprint } from "./duplicates.ts";
import { type ImageIndex, type IndexedImage, type IndexHeader, makeIndex } from "./image_index.ts";
import type { Journal } from "./journal.ts";
import { fingerprintOf, look, type Seen } from "./look.ts";
import { duplicatesReport, type Known, makeManifest, type Manifest } from "./manifest.ts";
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

const AT_ONCE = 16; // more than sharp has threads, few enough for memory

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
  const known: Known[] = [], fingerprints: Fingerprint[] = [], oddities: string[] = [];
  const indices: ImageIndex[] = [];
  let done = 0;
  for (const [split, listed] of Object.entries(splits)) {
    const kept: IndexedImage[] = [], digests: string[] = [];
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
      if (!image) {
        skipped.push(seen);
        continue;
      }
      kept.push(image);
      digests.push(seen.digest);
      known.push({ name: image.id, split, labels: image.labels });
      fingerprints.push(fingerprintOf(seen));
      oddities.push(...seen.oddities);
    }
    indices.push(makeIndex(headerOf({ name, split, classes, kept, digests }, places), kept));
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

/** What came of one image: how it looks and where it lies, or why it is left out. */
type Outcome =
  | { seen: Exclude<Seen, Skipped>; image: IndexedImage }
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
    const key = `${split}/${each.id}`;
    const place = await places.inPlace(each), before = journal?.known(key);
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
  { name, split, classes, kept, digests }: {
    name: string;
    split: string;
    classes: string[];
    kept: readonly IndexedImage[];
    digests: readonly string[];
  },
  { containers, root }: Places,
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
