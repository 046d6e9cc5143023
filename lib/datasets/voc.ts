/** Pascal VOC, of one year or several. */
import { XMLParser } from "fast-xml-parser";
import { messageOf, Problem } from "../base/problem.ts";
import type { BoxedObject } from "./dataset.ts";
import { labelsByArea } from "./layouts/object_labels.ts";
import type { Listing, Source } from "./source.ts";
import { addTo, inOrder, type Splits } from "./layouts/splits.ts";
import { baseName, fileAt, filesUnder, readLines, topFolder } from "./layouts/tree_files.ts";
import type { FileTree, Skipped } from "./trees/file_tree.ts";

const CLASSES = [
  ...["aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair", "cow"],
  ...["diningtable", "dog", "horse", "motorbike", "person", "pottedplant", "sheep", "sofa"],
  ...["train", "tvmonitor"],
];

/**
 * Images of JPEGImages, in the splits of ImageSets/Main, with the objects of Annotations. Images of
 * trainval.txt that are in neither train.txt nor val.txt are `train`. Test images of a year without
 * annotations of any (2012) are `unlabeled`: nobody knows what is in them.
 *
 * An image has all the classes of its objects, that of the largest first, but for objects marked
 * `difficult`, by which the challenge scores nobody. Classes are the challenge's twenty in its order,
 * or, where a file names another, those that the files name.
 */
export const voc: Source = {
  name: "voc",
  layout: "VOCdevkit/VOC2007/{JPEGImages,Annotations,ImageSets/Main}, any years",
  recognises: (tree) => homesIn(tree).length > 0,
  list,
};

/** An object as annotated. */
type Named = { name: string; box: Omit<BoxedObject, "label"> };

/** An image with its objects, undefined where they are not known. */
interface Found {
  file: number;
  split: string;
  objects?: Named[];
}

async function list(tree: FileTree): Promise<Listing> {
  const homes = homesIn(tree);
  if (homes.length === 0) {
    throw new Problem(
      `${tree.path} has no JPEGImages beside ImageSets/Main: give an archive of VOCdevkit`,
    );
  }
  const skipped: Skipped[] = [];
  const found: Found[] = [];
  for (const home of homes) found.push(...await imagesOf(tree, home, skipped));
  const names = new Set(found.flatMap(({ objects = [] }) => objects.map(({ name }) => name)));
  const classes = [...names].every((name) => CLASSES.includes(name)) ? CLASSES : [...names].sort();
  const labels = new Map(classes.map((name, label) => [name, label]));
  const top = topFolder(tree);
  const cut = homes.includes(top) ? 0 : top.length; // ids keep their year
  const splits: Splits = new Map();
  for (const { file, split, objects } of found) {
    const boxes = objects?.map(({ name, box }) => ({ ...box, label: labels.get(name)! }));
    const id = tree.names[file].slice(cut);
    addTo(splits, split, { id, file, labels: labelsByArea(boxes ?? []), ...boxes && { boxes } });
  }
  return { classes, splits: inOrder(splits), skipped };
}

/** The folders, "/" at their ends, that hold the set of a year. */
function homesIn(tree: FileTree): string[] {
  const homes = new Set<string>();
  for (const name of tree.names) {
    const at = `/${name}`.lastIndexOf("/JPEGImages/");
    if (at >= 0) homes.add(name.slice(0, at));
  }
  return [...homes].filter((home) => filesUnder(tree, `${home}ImageSets/Main/`).length > 0);
}

async function imagesOf(tree: FileTree, home: string, skipped: Skipped[]): Promise<Found[]> {
  const { names } = tree;
  const lists = await listsOf(tree, home);
  const annotation = (image: string) => fileAt(tree, `${home}Annotations/${image}.xml`);
  const annotated = new Set(
    [...lists].filter(([image]) => annotation(image) >= 0).map(([, s]) => s),
  );
  const found: Found[] = [];
  for (const file of filesUnder(tree, `${home}JPEGImages/`)) {
    const skip = (reason: string) => skipped.push({ name: names[file], reason });
    const image = baseName(names[file]).replace(/\.[^.]*$/, "");
    const split = lists.get(image);
    lists.delete(image);
    const xml = annotation(image);
    if (!split) skip("in no list of ImageSets/Main");
    else if (xml >= 0) {
      const objects = objectsIn(new TextDecoder().decode(await tree.read(xml)));
      if (typeof objects !== "string") found.push({ file, split, objects });
      else skip(`${names[xml]} is no annotation of VOC: ${objects}`);
    } else if (split === "test" && !annotated.has(split)) found.push({ file, split: "unlabeled" });
    else skip("without an annotation");
  }
  for (const [image, split] of lists) {
    skipped.push({
      name: `${home}JPEGImages/${image}.jpg`,
      reason: `in a list of ${split} images, but not there`,
    });
  }
  return found;
}

/** The split of each image. */
async function listsOf(tree: FileTree, home: string): Promise<Map<string, string>> {
  const splits = new Map<string, string>();
  let lists = 0;
  for (const list of ["train", "val", "test", "trainval"]) {
    const i = fileAt(tree, `${home}ImageSets/Main/${list}.txt`);
    if (i < 0) continue;
    lists++;
    for (const line of await readLines(tree, i)) {
      const [image] = line.split(/\s+/);
      const before = splits.get(image);
      if (list === "trainval" && before && before !== "test") continue;
      const split = list === "trainval" ? "train" : list;
      if (before && before !== split) {
        throw new Problem(
          `${tree.path}: ${home}ImageSets/Main: image ${image} is in both ${before}.txt and ` +
            `${list}.txt: an image is in one split`,
        );
      }
      if (image) splits.set(image, split);
    }
  }
  if (lists > 0) return splits;
  throw new Problem(
    `${tree.path}: ${home}ImageSets/Main has none of train.txt, val.txt, trainval.txt, test.txt: ` +
      "add the list of the images of a split",
  );
}

// Entities, with which a small file can become a huge one, are left as they stand.
const parser = new XMLParser({
  processEntities: false,
  parseTagValue: false,
  isArray: (tag) => tag === "object",
});

/** The objects, or what is wrong with the annotation. */
function objectsIn(xml: string): Named[] | string {
  try {
    const { annotation } = parser.parse(xml, true);
    if (annotation === undefined) return "no <annotation>";
    const objects: Record<string, unknown>[] = annotation.object ?? [];
    return objects.map(objectOf);
  } catch (error) {
    return messageOf(error).replace(/\s+/g, " ");
  }
}

/** Corners are the first and last pixel that the box covers, from 1. */
function objectOf({ name, bndbox, difficult }: Record<string, unknown>): Named {
  const corners = (bndbox ?? {}) as Record<string, string>;
  const [left, top, right, bottom] = ["xmin", "ymin", "xmax", "ymax"].map((key) =>
    Number.parseFloat(corners[key])
  );
  const box = { x: left - 1, y: top - 1, width: right - left + 1, height: bottom - top + 1 };
  if (typeof name !== "string" || !name) throw new Error("an object without a name");
  if (!Object.values(box).every(Number.isFinite) || box.width <= 0 || box.height <= 0) {
    throw new Error(`the box of ${name} is none`);
  }
  return { name, box: { ...box, ...(difficult === "1" && { difficult: true }) } };
}
