/** COCO's instances: images with the boxes of their objects. */
import { messageOf, Problem } from "../base/problem.ts";
import type { BoxedObject } from "./dataset.ts";
import { labelsByArea } from "./layouts/object_labels.ts";
import type { Listing, Source } from "./source.ts";
import { addTo, inOrder, splitNamed, type Splits } from "./layouts/splits.ts";
import { fileAt, isSidecar, topFolder } from "./layouts/tree_files.ts";
import type { FileTree, Skipped } from "./trees/file_tree.ts";

const INSTANCES = /(?:^|\/)instances_([^/]+)\.json$/;

/**
 * `annotations/instances_train2017.json` names the images of train2017/ and their objects, and so
 * for every other such file; its split is its name without the year. Images of test2017/ and
 * unlabeled2017/, which no such file names, are the splits `test` and `unlabeled`. A set may be
 * there in part: where no image of a file is there, the file is passed over and reported.
 *
 * An image has all the classes of its objects, that of the largest box first; one without objects
 * has none. Crowds (`iscrowd`), whose box is around many, give an image no class.
 * Classes are the categories in the order of their ids.
 */
export const coco: Source = {
  name: "coco",
  layout: "{annotations/instances_{train,val}2017.json,train2017/*.jpg,val2017/*.jpg}, any year",
  recognises: ({ names }) => names.some((name) => INSTANCES.test(name)),
  list,
};

/** What is used of an annotation file. */
interface Instances {
  images: { id: number; file_name: string }[];
  annotations: {
    id: number;
    image_id: number;
    category_id: number;
    /** x, y, width, height */
    bbox: number[];
    iscrowd?: number;
    area?: number;
  }[];
  categories: { id: number; name: string }[];
}

async function list(tree: FileTree): Promise<Listing> {
  const tables = [...tree.names.keys()].filter((i) => INSTANCES.test(tree.names[i]));
  if (tables.length === 0) {
    throw new Problem(`${tree.path} has no instances_*.json: add annotations_trainval2017.zip`);
  }
  const skipped: Skipped[] = [];
  const splits: Splits = new Map();
  const listed = new Set<number>();
  let categories: string | undefined;
  for (const table of tables) { // one at a time: each may fill gigabytes
    const instances = await readInstances(tree, table);
    const these = JSON.stringify(inOrderOfId(instances));
    if (these !== (categories ??= these)) {
      throw new Problem(
        `${tree.path}: ${tree.names[table]} has other categories than ${tree.names[tables[0]]}: ` +
          "give files of one set",
      );
    }
    addImages(tree, table, instances, { splits, listed, skipped });
  }
  if (listed.size === 0) {
    throw new Problem(
      `${tree.path} has none of the images that ${tree.names[tables[0]]} names: ` +
        "add them with another --archive, e.g. val2017.zip",
    );
  }
  addUnlabeled(tree, listed, splits, skipped);
  const classes = (JSON.parse(categories!) as [number, string][]).map(([, name]) => name);
  return { classes, splits: inOrder(splits), skipped };
}

/** [id, name] of the categories. */
const inOrderOfId = ({ categories }: Instances): [number, string][] =>
  categories.map(({ id, name }): [number, string] => [id, name]).sort(([a], [b]) => a - b);

async function readInstances(tree: FileTree, i: number): Promise<Instances> {
  const where = `${tree.path}: ${tree.names[i]}`;
  let instances: Instances;
  try {
    instances = JSON.parse(new TextDecoder().decode(await tree.read(i)));
  } catch (error) {
    const reason = messageOf(error).replace(/\s+/g, " ");
    throw new Problem(`${where} is no JSON (${reason}): fetch it anew`);
  }
  for (const key of ["images", "annotations", "categories"] as const) {
    const list: unknown = instances?.[key];
    if (!Array.isArray(list) || list.some((of) => typeof of?.id !== "number")) {
      throw new Problem(`${where} has no list of ${key} with ids: give COCO's instances`);
    }
  }
  const { categories } = instances;
  const ids = new Set(categories.map(({ id }) => id));
  const names = new Set(categories.map(({ name }) => name).filter((n) => typeof n === "string"));
  if (ids.size < categories.length || names.size < categories.length) {
    throw new Problem(`${where}: its categories need each an id and a name of their own: fix it`);
  }
  return instances;
}

function addImages(
  tree: FileTree,
  table: number,
  instances: Instances,
  { splits, listed, skipped }: { splits: Splits; listed: Set<number>; skipped: Skipped[] },
): void {
  const json = tree.names[table];
  const [, set] = json.match(INSTANCES)!;
  const boxes = boxesByImage(instances, `${tree.path}: ${json}`);
  const home = json.replace(/(annotations\/)?[^/]+$/, "");
  const places = [...foldersCalled(tree, set), ...foldersCalled(tree, "images"), home];
  const top = topFolder(tree).length;
  const missing: Skipped[] = [];
  let found = 0;
  for (const { id, file_name } of instances.images) {
    const file = places.map((folder) => fileAt(tree, folder + file_name)).find((i) => i >= 0);
    if (file === undefined) {
      missing.push({ name: `${set}/${file_name}`, reason: `named in ${json}, but not there` });
      continue;
    }
    if (listed.has(file)) {
      throw new Problem(`${tree.path}: ${json}: ${file_name} is named twice: name images once`);
    }
    listed.add(file);
    found++;
    const of = boxes.get(id)!;
    const image = { id: tree.names[file].slice(top), file, labels: labelsByArea(of), boxes: of };
    addTo(splits, splitOf(set), image);
  }
  if (found > 0 || missing.length === 0) skipped.push(...missing);
  else skipped.push({ name: json, reason: `none of its ${missing.length} images is there` });
}

/** A split's name is the set's without the year. */
function splitOf(set: string): string {
  const name = set.replace(/\d{4}$/, "") || set;
  return splitNamed(name) ?? name;
}

/** The boxes of every image, by its id. */
function boxesByImage({ images, annotations, categories }: Instances, where: string) {
  const boxes = new Map(images.map(({ id }): [number, BoxedObject[]] => [id, []]));
  if (boxes.size < images.length) throw new Problem(`${where} has two images of one id: fix it`);
  const labels = new Map(
    inOrderOfId({ categories } as Instances).map(([id], label) => [id, label]),
  );
  for (const { id, image_id, category_id, bbox, iscrowd, area } of annotations) {
    const of = boxes.get(image_id), label = labels.get(category_id);
    const [x, y, width, height] = bbox ?? [];
    const wrong = of === undefined
      ? `image ${image_id}, which it does not have`
      : label === undefined
      ? `category ${category_id}, which it does not have`
      : !([x, y].every(Number.isFinite) && width >= 0 && height >= 0)
      ? `the box ${JSON.stringify(bbox)}`
      : !(area === undefined || area >= 0)
      ? `the area ${JSON.stringify(area)}`
      : "";
    if (wrong) throw new Problem(`${where}: annotation ${id} is of ${wrong}: fetch it anew`);
    of!.push({
      ...{ x, y, width, height, label: label! },
      ...(iscrowd && { crowd: true }),
      ...(area !== undefined && { area }),
    });
  }
  return boxes;
}

/** All folders of this name, with "/" at their ends. */
function foldersCalled({ names }: FileTree, folder: string): Set<string> {
  const folders = new Set<string>();
  for (const name of names) {
    const at = `/${name}`.indexOf(`/${folder}/`);
    if (at >= 0) folders.add(name.slice(0, at + folder.length + 1));
  }
  return folders;
}

/** What no annotation file names: images without labels, by their folder, or none of the set. */
function addUnlabeled(tree: FileTree, listed: Set<number>, splits: Splits, skipped: Skipped[]) {
  const top = topFolder(tree).length;
  tree.names.forEach((name, file) => {
    if (listed.has(file) || isSidecar(name)) return;
    const split = name.match(/(?:^|\/)(test|unlabeled)\d{4}\/[^/]+$/)?.[1];
    if (split) addTo(splits, split, { id: name.slice(top), file, labels: [] });
    else skipped.push({ name, reason: "named in no instances_*.json" });
  });
}
