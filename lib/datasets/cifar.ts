/** CIFAR-10 and CIFAR-100 in their binary version. */
import { Problem } from "../base/problem.ts";
import { checkLabel, recordId, recordsIn } from "./layouts/records.ts";
import type { Listing, Source } from "./source.ts";
import { addTo, inOrder, type Splits } from "./layouts/splits.ts";
import { fileAt, homeOf, neededFile, readLines } from "./layouts/tree_files.ts";
import type { FileTree } from "./trees/file_tree.ts";

/** What CIFAR-10 and CIFAR-100 differ in. */
interface Version {
  name: string;
  /** By split. */
  files: Record<"train" | "test", string[]>;
  /** Holds the names of the classes. */
  names: string;
  /** Bytes before each image; the last of them is its class. */
  labels: number;
  /** Tells where the set is. */
  sign: string;
  /** Files that only the Python version has. */
  pickled: string[];
}

const SIDE = 32, PIXELS = 3 * SIDE * SIDE; // bytes: red, green, blue, row by row

/** Each record is a label and an image. */
export const cifar10: Source = source({
  name: "cifar-10",
  files: {
    train: [1, 2, 3, 4, 5].map((k) => `data_batch_${k}.bin`),
    test: ["test_batch.bin"],
  },
  names: "batches.meta.txt",
  labels: 1,
  sign: "data_batch_1.bin",
  pickled: ["data_batch_1", "batches.meta"],
});

/** Each record is a coarse label, a fine one and an image; classes are the 100 fine ones. */
export const cifar100: Source = source({
  name: "cifar-100",
  files: { train: ["train.bin"], test: ["test.bin"] },
  names: "fine_label_names.txt",
  labels: 2,
  sign: "fine_label_names.txt",
  pickled: ["train", "test", "meta"],
});

function source(version: Version): Source {
  const { name, files, names, sign } = version;
  return {
    name,
    layout: `${name}-binary/{${[...files.train, ...files.test, names].join(",")}}`,
    recognises: (tree) => homeOf(tree, sign) !== undefined || isPickled(tree, version),
    list: (tree) => list(tree, version),
  };
}

/** Whether the tree has the Python version, which only running its code could read. */
function isPickled(tree: FileTree, { pickled: [first, ...others] }: Version): boolean {
  const home = homeOf(tree, first);
  return home !== undefined && others.every((file) => fileAt(tree, home + file) >= 0);
}

async function list(tree: FileTree, version: Version): Promise<Listing> {
  const { name, sign, names } = version;
  const home = homeOf(tree, sign);
  if (home === undefined) {
    throw new Problem(
      isPickled(tree, version)
        ? `${tree.path} is the Python version of ${name}, pickled: fetch ${name}-binary.tar.gz`
        : `${tree.path} has no ${sign}: give ${name}-binary.tar.gz`,
    );
  }
  const classes = await readLines(tree, neededFile(tree, home + names));
  const splits: Splits = new Map();
  for (const [split, files] of Object.entries(version.files)) {
    for (const file of files) {
      const i = neededFile(tree, home + file);
      await addRecords(tree, i, { splits, split, labels: version.labels, classes: classes.length });
    }
  }
  return { classes, splits: inOrder(splits), skipped: [] };
}

async function addRecords(
  tree: FileTree,
  file: number,
  { splits, split, labels: before, classes }: {
    splits: Splits;
    split: string;
    labels: number;
    classes: number;
  },
): Promise<void> {
  const bytes = before + PIXELS;
  const count = recordsIn(tree, file, bytes);
  const data = await tree.read(file);
  for (let record = 0; record < count; record++) {
    const offset = record * bytes + before;
    const label = data[offset - 1];
    checkLabel(tree, file, record, { label, first: 0, classes });
    const id = recordId(tree, file, record, count);
    addTo(splits, split, { id, file, labels: [label], raw: { offset, height: SIDE, width: SIDE } });
  }
}
