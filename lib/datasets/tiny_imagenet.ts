/** Tiny-ImageNet-200: 64 px images of 200 synsets, with the object's box. */
import { Problem } from "../base/problem.ts";
import type { Box } from "./dataset.ts";
import type { Listing, Source } from "./source.ts";
import { addTo, inOrder, type Splits } from "./layouts/splits.ts";
import { classNames, labelsOf, wordsIn } from "./layouts/synsets.ts";
import { baseName, fileAt, filesUnder, isSidecar, readLines } from "./layouts/tree_files.ts";
import type { FileTree, Skipped } from "./trees/file_tree.ts";

const TRAIN = /(^|\/)train\/n\d{8}\/images\/[^/]+$/;
const ANNOTATIONS = "val_annotations.txt";

/**
 * The official layout with any of its synsets. Validation images lie in `val/images` with their
 * synsets in `val_annotations.txt`; `test/images` has no labels. Where `wnids.txt` is there, images
 * of synsets that it does not name are left out. Boxes are stored as the first and the last column
 * and row that they cover, from 0. Classes are the synsets in order, called as
 * {@link classNames} says.
 */
export const tinyImagenet: Source = {
  name: "tiny-imagenet",
  layout: "{wnids.txt,words.txt,train/n01443537/images/*.JPEG,val/{images,val_annotations.txt}}",
  recognises: ({ names }) => names.some((name) => TRAIN.test(name)),
  list,
};

/** An image that has its place. */
interface Found {
  file: number;
  split: string;
  synset: string;
  box?: Omit<Box, "label">;
}

async function list(tree: FileTree): Promise<Listing> {
  const first = tree.names.find((name) => TRAIN.test(name));
  if (!first) {
    throw new Problem(`${tree.path} has no train/n01443537/images: give tiny-imagenet-200.zip`);
  }
  const { index, 1: slash } = TRAIN.exec(first)!;
  const home = first.slice(0, index) + slash;
  const skipped: Skipped[] = [];
  const found = [...await training(tree, home, skipped), ...await validation(tree, home, skipped)];
  const kept = await ofKnownSynsets(tree, home, found, skipped);
  const synsets = [...new Set(kept.map(({ synset }) => synset))].sort();
  const labels = labelsOf(synsets);
  const splits: Splits = new Map();
  const idOf = (file: number) => tree.names[file].slice(home.length);
  for (const { file, split, synset, box } of kept) {
    const of = labels.get(synset)!;
    const boxes = box && { boxes: [{ ...box, label: of[0] }] };
    addTo(splits, split, { id: idOf(file), file, labels: of, ...boxes });
  }
  for (const file of imagesIn(tree, `${home}test/`)) {
    addTo(splits, "test", { id: idOf(file), file, labels: [] });
  }
  return { classes: classNames(synsets, await wordsIn(tree)), splits: inOrder(splits), skipped };
}

const imagesIn = (tree: FileTree, folder: string) =>
  filesUnder(tree, folder).filter((i) => !isSidecar(tree.names[i]));

/** Images of train/SYNSET/images, with the boxes of train/SYNSET/SYNSET_boxes.txt. */
async function training(tree: FileTree, home: string, skipped: Skipped[]): Promise<Found[]> {
  const folders = new Map<string, number[]>();
  for (const file of imagesIn(tree, `${home}train/`)) {
    const name = tree.names[file];
    const synset = name.slice(home.length).match(/^train\/(n\d{8})\/images\/[^/]+$/)?.[1];
    if (!synset) skipped.push({ name, reason: "not in train/SYNSET/images" });
    else if (folders.has(synset)) folders.get(synset)!.push(file);
    else folders.set(synset, [file]);
  }
  const found: Found[] = [];
  for (const [synset, files] of folders) {
    const table = fileAt(tree, `${home}train/${synset}/${synset}_boxes.txt`);
    const boxes = table < 0 ? new Map<string, Row>() : await tableOf(tree, table, 1);
    for (const file of files) {
      const name = baseName(tree.names[file]);
      found.push({ file, split: "train", synset, box: boxes.get(name)?.box });
      boxes.delete(name);
    }
    skipped.push(...missing(boxes, `${home}train/${synset}/images/`, `${synset}_boxes.txt`));
  }
  return found;
}

/** Images of val/images, as val/val_annotations.txt tells. */
async function validation(tree: FileTree, home: string, skipped: Skipped[]): Promise<Found[]> {
  const files = imagesIn(tree, `${home}val/`);
  const table = fileAt(tree, `${home}val/${ANNOTATIONS}`);
  if (files.length && table < 0) {
    throw new Problem(`${tree.path} has no ${home}val/${ANNOTATIONS}, which tells classes: add it`);
  }
  const rows = table < 0 ? new Map<string, Row>() : await tableOf(tree, table, 2);
  const found: Found[] = [];
  for (const file of files) {
    const name = baseName(tree.names[file]);
    const row = rows.get(name);
    rows.delete(name);
    if (row) found.push({ file, split: "val", synset: row.synset!, box: row.box });
    else skipped.push({ name: tree.names[file], reason: `not in ${ANNOTATIONS}` });
  }
  skipped.push(...missing(rows, `${home}val/images/`, ANNOTATIONS));
  return found;
}

const missing = (rows: Map<string, Row>, folder: string, table: string): Skipped[] =>
  [...rows.keys()].map((name) => ({ name: folder + name, reason: `in ${table}, but not there` }));

async function ofKnownSynsets(tree: FileTree, home: string, found: Found[], skipped: Skipped[]) {
  const table = fileAt(tree, `${home}wnids.txt`);
  if (table < 0) return found;
  const known = new Set(await readLines(tree, table));
  return found.filter(({ file, synset }) => {
    if (known.has(synset)) return true;
    skipped.push({ name: tree.names[file], reason: `its synset ${synset} is not in wnids.txt` });
    return false;
  });
}

/** A line of a table of boxes. */
interface Row {
  synset?: string;
  box: Omit<Box, "label">;
}

/** Lines "image [synset] x0 y0 x1 y1", of which the first `words` are words, by image. */
async function tableOf(tree: FileTree, i: number, words: 1 | 2): Promise<Map<string, Row>> {
  const rows = new Map<string, Row>();
  (await readLines(tree, i)).forEach((line, k) => {
    const fields = line.split(/\s+/);
    const [x0, y0, x1, y1] = fields.slice(words).map(Number);
    const box = { x: x0, y: y0, width: x1 - x0 + 1, height: y1 - y0 + 1 };
    const whole = [x0, y0, x1, y1].every(Number.isSafeInteger); // false where fields are missing
    const sound = whole && x0 >= 0 && y0 >= 0 && box.width > 0 && box.height > 0;
    if (!sound || fields.length !== words + 4 || rows.has(fields[0])) {
      const wanted = ["image", "synset"].slice(0, words).join(" ");
      throw new Problem(
        `${tree.path}: ${tree.names[i]}, line ${k + 1}: "${line.slice(0, 80)}": ` +
          `each image once, as "${wanted} x0 y0 x1 y1"`,
      );
    }
    rows.set(fields[0], { synset: words === 2 ? fields[1] : undefined, box });
  });
  return rows;
}
