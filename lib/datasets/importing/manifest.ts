/** What an imported data set consists of: committed beside the study, so that others can compare. */
import { join } from "@std/path";
import { checkout } from "../../base/files.ts";
import { keyOf } from "../../base/hash.ts";
import { printable } from "../../base/printable.ts";
import { Problem } from "../../base/problem.ts";
import type { Duplicate } from "./duplicates.ts";
import { type ImageIndex, labelsOf, placeOf } from "./image_index.ts";
import type { Skipped } from "../trees/file_tree.ts";

/** A data set in numbers. Every file that was found is counted in it, used or not. */
export interface Manifest {
  name: string;
  /** The layout that was recognised, e.g. `tiny-imagenet`. */
  layout: string;
  /** The archives; a folder has neither bytes nor hash. */
  sources: { name: string; bytes?: number; sha256?: string }[];
  /** Of the content of all splits. */
  hash: string;
  classes: string[];
  splits: Record<string, SplitManifest>;
  skipped: { count: number; reasons: Record<string, number>; files: Skipped[] };
  /** What had to be put right in how many images. */
  oddities: Record<string, number>;
  duplicates: { exact: DuplicateCounts; near: DuplicateCounts; examples: DuplicateExample[] };
}

/** One split in numbers. */
export interface SplitManifest {
  images: number;
  contentHash: string;
  /** Images of each class, in the order of the classes; one of several classes counts in each. */
  perClass: number[];
  unlabeled: number;
  boxes: number;
  /** Upright, in pixels; the most frequent extents with their counts, at most five. */
  extents: Record<string, number>;
  /** Classes with one image: no semantic partner exists. */
  singletons: string[];
}

/** Images that have a like, by what makes that a worry. */
export interface DuplicateCounts {
  withinClass: number;
  /** The same picture under two labels: a false pair, or a wrong label. */
  acrossClasses: number;
  /** The same picture in pretraining and in test: leakage. */
  acrossSplits: number;
}

/** Two images that are alike. */
export interface DuplicateExample {
  a: string;
  b: string;
  kind: keyof DuplicateCounts;
  exact: boolean;
}

/** Files and duplicates that are named one by one; all are counted. */
const NAMED = 100;

/** The manifest of a data set's splits. */
export function makeManifest(
  known: Pick<Manifest, "name" | "layout" | "sources" | "classes">,
  splits: readonly ImageIndex[],
  { skipped, oddities, duplicates }: {
    skipped: readonly Skipped[];
    oddities: readonly string[];
    duplicates: Manifest["duplicates"];
  },
): Manifest {
  return {
    ...known,
    hash: keyOf(splits.map(({ split, contentHash }) => [split, contentHash])),
    splits: Object.fromEntries(splits.map((index) => [index.split, splitManifest(index)])),
    skipped: {
      count: skipped.length,
      reasons: counts(skipped.map(({ reason }) => reason)),
      files: skipped.slice(0, NAMED),
    },
    oddities: counts(oddities),
    duplicates,
  };
}

function splitManifest(index: ImageIndex): SplitManifest {
  const perClass = Array<number>(index.classes.length).fill(0);
  const extents = new Map<string, number>();
  let unlabeled = 0;
  for (let i = 0; i < index.length; i++) {
    const labels = labelsOf(index, i), { height, width } = placeOf(index, i);
    for (const label of labels) perClass[label]++;
    if (labels.length === 0) unlabeled++;
    const extent = `${width} x ${height}`;
    extents.set(extent, (extents.get(extent) ?? 0) + 1);
  }
  const frequent = [...extents].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).slice(0, 5);
  return {
    images: index.length,
    contentHash: index.contentHash,
    perClass,
    unlabeled,
    boxes: index.boxEnds.at(-1) ?? 0,
    extents: Object.fromEntries(frequent),
    singletons: index.classes.filter((_, label) => perClass[label] === 1),
  };
}

function counts(values: readonly string[]): Record<string, number> {
  const groups = [...Map.groupBy(values, (value) => value)];
  return Object.fromEntries(groups.map(([value, all]) => [value, all.length]));
}

/** What is told of each image to judge its duplicates. */
export type Known = { name: string; split: string; labels: readonly number[] };

/** Duplicates, counted by what makes them a worry, the worst first among the examples. */
export function duplicatesReport(
  found: readonly Duplicate[],
  images: readonly Known[],
): Manifest["duplicates"] {
  const kindOf = ({ a, b }: Duplicate): keyof DuplicateCounts => {
    if (images[a].split !== images[b].split) return "acrossSplits";
    const shared = images[a].labels.some((label) => images[b].labels.includes(label));
    const unknown = images[a].labels.length === 0 || images[b].labels.length === 0;
    return shared || unknown ? "withinClass" : "acrossClasses";
  };
  const all = found.map((duplicate) => ({ ...duplicate, kind: kindOf(duplicate) }));
  const count = (exact: boolean): DuplicateCounts => {
    const of = (kind: string) => all.filter((d) => d.exact === exact && d.kind === kind).length;
    return {
      withinClass: of("withinClass"),
      acrossClasses: of("acrossClasses"),
      acrossSplits: of("acrossSplits"),
    };
  };
  const order = Object.keys(worries);
  const examples = all.toSorted((x, y) =>
    order.indexOf(x.kind) - order.indexOf(y.kind) || Number(y.exact) - Number(x.exact)
  ).slice(0, NAMED).map(({ a, b, kind, exact }) => (
    { a: images[a].name, b: images[b].name, kind, exact }
  ));
  return { exact: count(true), near: count(false), examples };
}

/** Where the manifest of a data set lies. */
export const manifestFile = (name: string): string =>
  join(checkout, "data", "manifests", `${name}.json`);

/** A name that may be a file's and a folder's, on every system. */
export function checkName(name: string): string {
  if (/^[a-z0-9][a-z0-9._-]{0,63}$/i.test(name) && name !== "manifests" && name !== "pairs") {
    return name;
  }
  throw new Problem(
    `"${name}" cannot name a data set: use letters, digits, ".", "_" and "-", 64 at most, and ` +
      "neither manifests nor pairs",
  );
}

/** What a manifest says to someone who has just imported the set; one line an item. */
export function describe(manifest: Manifest): string[] {
  const { name, layout, classes, splits, skipped, oddities, duplicates } = manifest;
  return [
    `${name} (${layout}): ${classes.length} classes`,
    ...Object.entries(splits).map(describeSplit),
    ...Object.entries(oddities).map(([what, n]) => `  ${n} ${what}`),
    ...Object.entries(skipped.reasons).map(([reason, n]) => `  ${n} left out: ${reason}`),
    ...Object.entries(splits).flatMap(describeSingletons),
    ...describeDuplicates(duplicates),
  ].map(printable);
}

function describeSplit([split, manifest]: [string, SplitManifest]): string {
  const { images, perClass, unlabeled, boxes, extents } = manifest;
  const used = perClass.filter((n) => n > 0);
  const each = used.length === 0
    ? "no labels"
    : `${used.length} classes of ${Math.min(...used)} to ${Math.max(...used)}`;
  const more = [unlabeled && used.length && `${unlabeled} unlabeled`, boxes && `${boxes} boxes`];
  const [extent] = Object.keys(extents);
  return [`  ${split}: ${images} images`, each, ...more.filter(Boolean), `mostly ${extent} px`]
    .join(", ");
}

function describeSingletons([split, { singletons }]: [string, SplitManifest]): string[] {
  if (singletons.length === 0) return [];
  const some = singletons.slice(0, 3).join(", ") + (singletons.length > 3 ? ", …" : "");
  const which = `${singletons.length} classes of one image, which has no semantic partner`;
  return [`  ${split}: ${which} (${some})`];
}

const worries: Record<keyof DuplicateCounts, string> = {
  acrossSplits: "across splits: leakage",
  acrossClasses: "across classes: false pairs",
  withinClass: "within a class: semantic pairs in name only",
};

function describeDuplicates({ exact, near }: Manifest["duplicates"]): string[] {
  const kinds = Object.keys(worries) as (keyof DuplicateCounts)[];
  return kinds.filter((kind) => exact[kind] + near[kind] > 0).map((kind) =>
    `  ${exact[kind]} pairs of equal and ${near[kind]} of nearly equal images ${worries[kind]}`
  );
}
