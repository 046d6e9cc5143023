/** The splits of a data set: their names, and their images in order. */
import type { ListedImage } from "../source.ts";

const NAMES = new Map([
  ["train", "train"],
  ["training", "train"],
  ["val", "val"],
  ["valid", "val"],
  ["validation", "val"],
  ["test", "test"],
  ["testing", "test"],
  ["unlabeled", "unlabeled"],
  ["unlabelled", "unlabeled"],
]);
const ORDER = ["train", "val", "test", "unlabeled"];

/** The split that a folder of this name holds; undefined where it is no split's name. */
export function splitNamed(folder: string): string | undefined {
  return NAMES.get(folder.toLowerCase());
}

/** Collects the images of splits. */
export type Splits = Map<string, ListedImage[]>;

/** Adds an image to a split. */
export function addTo(splits: Splits, split: string, image: ListedImage): void {
  const images = splits.get(split);
  if (images) images.push(image);
  else splits.set(split, [image]);
}

/** Train, val, test, unlabeled, then others by name; the images of each by id. */
export function inOrder(splits: Splits): Record<string, ListedImage[]> {
  const known = ORDER.filter((name) => splits.has(name));
  const others = [...splits.keys()].filter((name) => !ORDER.includes(name)).sort();
  for (const images of splits.values()) images.sort((a, b) => a.id < b.id ? -1 : 1);
  return Object.fromEntries([...known, ...others].map((name) => [name, splits.get(name)!]));
}
