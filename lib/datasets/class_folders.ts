/** Folders of images, one a class, as people and torchvision's ImageFolder lay them out. */
import { Problem } from "../base/problem.ts";
import type { ListedImage, Listing, Source } from "./source.ts";
import { addTo, inOrder, splitNamed, type Splits } from "./layouts/splits.ts";
import { isSidecar } from "./layouts/tree_files.ts";
import type { FileTree, Skipped } from "./trees/file_tree.ts";

const IMAGE = /\.(jpe?g|jpe|jfif|png|webp|gif|tiff?|avif|svg|bmp|heic|heif|jp2|jxl|ppm)$/i;

/**
 * A folder is a class, and folders inside it belong to it. Where every top folder bears the name of
 * a split (train, training, val, valid, validation, test, testing, unlabeled, unlabelled, in any
 * case), the classes are the folders inside those. Classes are those of all splits together.
 *
 * A folder around everything is not looked at: `photos/cat/1.jpg` is `cat/1.jpg`. It is a class of
 * its own where it holds images, and at most one folder beside them.
 *
 * A split without folders has no labels, nor has `unlabeled`; images in no folder at all are the
 * split `unlabeled`, and class folders outside of splits are `train`. Every file in a class is
 * listed but for {@link isSidecar | sidecars}; decoding finds out what is no image.
 */
export const classFolders: Source = {
  name: "image-folder",
  layout: "CLASS/…/IMAGE or {train,val,test,unlabeled}/CLASS/…/IMAGE, or images in no folder",
  recognises: ({ names }) => names.some((name) => IMAGE.test(name)),
  list: (tree) => Promise.resolve(list(tree)),
};

/** A file and where it belongs, if it is an image. */
interface Place {
  file: number;
  id: string;
  split: string;
  /** Absent beside the classes. */
  of?: string;
}

function list(tree: FileTree): Listing {
  const skipped: Skipped[] = [];
  const skip = (file: number, reason: string) => skipped.push({ name: tree.names[file], reason });
  const images: number[] = [];
  tree.names.forEach((name, i) => {
    if (isSidecar(name)) skip(i, "no image, by its extension");
    else images.push(i);
  });
  if (images.length === 0) {
    throw new Problem(`no images in ${tree.path}: give one folder of images for each class`);
  }
  const places = placesOf(tree, images, (file) => skip(file, "beside the folders of the splits"));
  const labelled = new Set(places.filter((p) => p.of !== undefined).map(({ split }) => split));
  labelled.delete("unlabeled");
  const classes = classesOf(places, labelled);
  const labels = new Map(classes.map((name, label) => [name, [label]]));
  const splits: Splits = new Map();
  for (const { file, id, split, of } of places) {
    if (!labelled.has(split)) addTo(splits, split, { file, id, labels: [] } as ListedImage);
    else if (of === undefined) skip(file, "beside the folders of the classes");
    else addTo(splits, split, { file, id, labels: labels.get(of)! });
  }
  return { classes, splits: inOrder(splits), skipped };
}

function classesOf(places: Place[], labelled: Set<string>): string[] {
  const names = new Set<string>();
  for (const { split, of } of places) if (of !== undefined && labelled.has(split)) names.add(of);
  return [...names].sort();
}

/** Where the images belong, but for those beside the folders of splits. */
function placesOf({ names }: FileTree, images: number[], beside: (file: number) => void): Place[] {
  const home = unwrapped(images.map((i) => names[i]));
  const ids = images.map((file) => names[file].slice(home.length));
  const { folders } = within(ids, "");
  const inSplits = folders.size > 0 && [...folders].every(splitNamed);
  const places: Place[] = [];
  images.forEach((file, k) => {
    const id = ids[k];
    if (!inSplits) {
      const of = folderIn(id);
      places.push({ file, id, split: folders.size === 0 ? "unlabeled" : "train", of });
      return;
    }
    const top = folderIn(id);
    if (top === undefined) return beside(file);
    const of = folderIn(id.slice(top.length + 1));
    places.push({ file, id, split: splitNamed(top)!, of });
  });
  return places;
}

/** The folder, "" or with "/" at its end, that holds the folders of classes or splits. */
function unwrapped(names: string[]): string {
  for (let home = "";;) {
    const { folders, loose } = within(names, home);
    const [only] = folders;
    if (loose || folders.size !== 1 || splitNamed(only)) return home;
    const inside = within(names, `${home}${only}/`);
    if (isClass(inside)) return home;
    home += `${only}/`;
  }
}

/** Whether a folder around everything is itself the only class. */
function isClass({ folders, loose }: ReturnType<typeof within>): boolean {
  const [only] = folders;
  return folders.size === 0 || loose && folders.size === 1 && !splitNamed(only);
}

/** The folders directly in a folder, and whether there are files. */
function within(names: string[], home: string): { folders: Set<string>; loose: boolean } {
  const folders = new Set<string>();
  let loose = false;
  for (const name of names) {
    const folder = folderIn(name.slice(home.length));
    if (folder === undefined) loose = true;
    else folders.add(folder);
  }
  return { folders, loose };
}

/** The first folder of a path, undefined if it has none. */
function folderIn(path: string): string | undefined {
  const slash = path.indexOf("/");
  return slash < 0 ? undefined : path.slice(0, slash);
}
