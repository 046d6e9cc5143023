/** STL-10 in its binary version. */
import { Problem } from "../base/problem.ts";
import { checkLabel, recordId, recordsIn } from "./layouts/records.ts";
import type { Listing, Source } from "./source.ts";
import { addTo, inOrder, type Splits } from "./layouts/splits.ts";
import { fileAt, homeOf, neededFile, readLines } from "./layouts/tree_files.ts";
import type { FileTree } from "./trees/file_tree.ts";

const SPLITS = ["train", "test", "unlabeled"];
const SIDE = 96, PIXELS = 3 * SIDE * SIDE; // bytes: red, green, blue, column by column

/**
 * `train_X.bin` holds images, `train_y.bin` their labels from 1, and so for test;
 * `unlabeled_X.bin`, 2.7 GB, holds images alone and is not read to be listed. Any of the three may
 * be left away. The folds of the training images are not used.
 */
export const stl10: Source = {
  name: "stl10",
  layout: "stl10_binary/{{train,test}_{X,y}.bin,unlabeled_X.bin,class_names.txt}",
  recognises: (tree) => home(tree) !== undefined,
  list,
};

const home = (tree: FileTree) =>
  SPLITS.map((split) => homeOf(tree, `${split}_X.bin`)).find((home) => home !== undefined);

async function list(tree: FileTree): Promise<Listing> {
  const at = home(tree);
  if (at === undefined) {
    throw new Problem(`${tree.path} has no train_X.bin: give stl10_binary.tar.gz`);
  }
  const classes = await readLines(tree, neededFile(tree, `${at}class_names.txt`));
  const splits: Splits = new Map();
  for (const split of SPLITS) {
    const file = fileAt(tree, `${at}${split}_X.bin`);
    if (file < 0) continue;
    const count = recordsIn(tree, file, PIXELS);
    const labels = split === "unlabeled"
      ? undefined
      : await labelsOf(tree, neededFile(tree, `${at}${split}_y.bin`), count, classes.length);
    for (let record = 0; record < count; record++) {
      addTo(splits, split, {
        id: recordId(tree, file, record, count),
        file,
        labels: labels ? [labels[record] - 1] : [],
        raw: { offset: record * PIXELS, height: SIDE, width: SIDE, columnMajor: true },
      });
    }
  }
  return { classes, splits: inOrder(splits), skipped: [] };
}

/** A byte for each image, from 1. */
async function labelsOf(
  tree: FileTree,
  file: number,
  count: number,
  classes: number,
): Promise<Uint8Array> {
  const labels = await tree.read(file);
  if (labels.length !== count) {
    throw new Problem(
      `${tree.path}: ${tree.names[file]} has ${labels.length} labels for ${count} images: ` +
        "fetch both files anew",
    );
  }
  labels.forEach((label, record) => checkLabel(tree, file, record, { label, first: 1, classes }));
  return labels;
}
