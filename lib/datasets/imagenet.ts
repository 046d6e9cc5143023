/** ImageNet-1K (ILSVRC 2012), and any part of it in its layout. */
import { parse } from "csv-parse/sync";
import { Problem } from "../base/problem.ts";
import type { Listing, Source } from "./source.ts";
import { addTo, inOrder, splitNamed, type Splits } from "./layouts/splits.ts";
import { classNames, devkitSynsets, labelsOf, wordsIn } from "./layouts/synsets.ts";
import { baseName, fileCalled, isSidecar, readLines, topFolder } from "./layouts/tree_files.ts";
import type { FileTree, Skipped } from "./trees/file_tree.ts";

const IN_SYNSET = /(?:^|\/)(n\d{8})\/[^/]+$/;
const NUMBERED = /(?:^|\/)ILSVRC2012_(val|test)_(\d{8})\.JPEG$/i;
const TRUTH = "ILSVRC2012_validation_ground_truth.txt", KAGGLE = "LOC_val_solution.csv";

/**
 * What lies in a synset's folder, `n01440764`, is of that class: in train/ or val/, however deep,
 * or as the official tar of the training images has it. Numbered validation images in no such
 * folder have their labels from the devkit's ground truth or Kaggle's table; test images have none.
 * Classes are the synsets in order, called as {@link classNames} says.
 */
export const imagenet: Source = {
  name: "imagenet",
  layout: "{train,val}/n01440764/n01440764_10026.JPEG, or the official tars with the devkit",
  recognises: ({ names }) =>
    names.some((name) => NUMBERED.test(name) || IN_SYNSET.test(name) && !isSidecar(name)),
  list,
};

async function list(tree: FileTree): Promise<Listing> {
  const { sorted, validation, test, skipped } = placesOf(tree);
  if (sorted.length + validation.length + test.length === 0) {
    throw new Problem(`${tree.path} has no images in folders like n01440764: add the training tar`);
  }
  const truth = validation.length ? await validationSynsets(tree, validation) : [];
  validation.forEach(({ file }, k) => sorted.push({ file, split: "val", synset: truth[k] }));
  const synsets = [...new Set(sorted.map(({ synset }) => synset))].sort();
  const labels = labelsOf(synsets);
  const top = topFolder(tree).length;
  const splits: Splits = new Map();
  const add = (split: string, file: number, labels: number[]) =>
    addTo(splits, split, { id: tree.names[file].slice(top), file, labels });
  for (const { file, split, synset } of sorted) add(split, file, labels.get(synset)!);
  for (const file of test) add("test", file, []);
  return {
    classes: classNames(synsets, await wordsIn(tree)),
    splits: inOrder(splits),
    skipped,
  };
}

/** An image whose class is known. */
interface Sorted {
  file: number;
  split: string;
  synset: string;
}

/** A validation image in no synset's folder. */
interface Numbered {
  file: number;
  /** From 1, as in the file's name. */
  number: number;
}

function placesOf(tree: FileTree) {
  const sorted: Sorted[] = [], validation: Numbered[] = [], test: number[] = [];
  const skipped: Skipped[] = [];
  tree.names.forEach((name, file) => {
    if (isSidecar(name)) return;
    const synset = name.match(IN_SYNSET)?.[1];
    const [, split, number] = !synset && name.match(NUMBERED) || [];
    if (synset) sorted.push({ file, split: splitOf(name), synset });
    else if (split?.toLowerCase() === "val") validation.push({ file, number: Number(number) });
    else if (split) test.push(file);
    else skipped.push({ name, reason: "in no synset's folder and no numbered validation image" });
  });
  return { sorted, validation, test, skipped };
}

/** By the nearest folder that bears a split's name; else as the file's own name says. */
function splitOf(name: string): string {
  const folder = name.split("/").slice(0, -2).findLast((folder) => splitNamed(folder));
  if (folder) return splitNamed(folder)!;
  return baseName(name).startsWith("ILSVRC2012_val_") ? "val" : "train";
}

/** The synsets of the validation images. */
async function validationSynsets(tree: FileTree, images: Numbered[]): Promise<string[]> {
  const truth = fileCalled(tree, TRUTH), kaggle = fileCalled(tree, KAGGLE);
  if (truth >= 0) return await fromGroundTruth(tree, truth, images);
  if (kaggle >= 0) return await fromKaggle(tree, kaggle, images);
  throw new Problem(
    `${tree.path}: ${images.length} validation images have no labels: give the devkit too, ` +
      `--archive ILSVRC2012_devkit_t12.tar.gz, or Kaggle's ${KAGGLE}`,
  );
}

/** Line k of the devkit's ground truth is the ILSVRC2012_ID of validation image k, from 1. */
async function fromGroundTruth(tree: FileTree, i: number, images: Numbered[]): Promise<string[]> {
  const where = `${tree.path}: ${tree.names[i]}`;
  const table = await devkitSynsets(tree);
  if (!table) throw new Problem(`${where} needs the devkit's meta.mat beside it: add it`);
  const synsets = new Map(table.map(({ id, synset }) => [id, synset]));
  const lines = await readLines(tree, i);
  if (lines.length !== images.length) {
    throw new Problem(
      `${where} has ${lines.length} lines for ${images.length} validation images: ` +
        "give all images, or sort them into folders by synset",
    );
  }
  return images.map(({ file, number }) => {
    const line = lines[number - 1];
    const synset = line && synsets.get(Number(line));
    if (synset) return synset;
    throw new Problem(
      line === undefined
        ? `${where} has no line ${number} for ${tree.names[file]}: give the set's own ground truth`
        : `${where}, line ${number}: "${line}" is no ILSVRC2012_ID of meta.mat: fetch both anew`,
    );
  });
}

/** Rows "ILSVRC2012_val_00048981,n03995372 85 1 499 272 …": the image, then synset and box. */
async function fromKaggle(tree: FileTree, i: number, images: Numbered[]): Promise<string[]> {
  const where = `${tree.path}: ${tree.names[i]}`;
  const text = (await readLines(tree, i)).join("\n");
  let rows: string[][];
  try {
    rows = parse(text, { relax_column_count: true });
  } catch (error) {
    throw new Problem(`${where} is no CSV (${(error as Error).message}): fetch it anew`);
  }
  const synsets = new Map(rows.map(([image, told]) => [image, told?.match(/^n\d{8}\b/)?.[0]]));
  return images.map(({ file }) => {
    const name = baseName(tree.names[file]);
    const synset = synsets.get(name.replace(/\.JPEG$/i, ""));
    if (!synset) throw new Problem(`${where} tells no synset for ${name}: fetch it anew`);
    return synset;
  });
}
