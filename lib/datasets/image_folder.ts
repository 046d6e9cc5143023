/** Images of one's own: a folder of folders, one for each class. */
import { basename, join, resolve } from "@std/path";
import sharp from "sharp";
import { messageOf, Problem } from "../base/problem.ts";
import { type Progress, silent } from "../base/progress.ts";
import type { Dataset } from "./dataset.ts";
import { toDataset } from "./image_records.ts";

/** What to make of a folder. */
export interface ImageFolderOptions {
  /** Pixels a side of every image of the data set. */
  size: number;
  /** Told how many of the files are decoded. */
  progress?: Progress;
}

/**
 * Reads `path/<class>/<image>` into memory: every image that sharp can decode (JPEG, PNG, WebP, GIF,
 * TIFF, AVIF, SVG), turned upright by its EXIF orientation, in sRGB, transparency on white; its
 * central square is resized to `size`. Classes are sorted by name, and so are the files of a class.
 * Hidden files are ignored, and so are files that lie beside the classes' folders.
 *
 * The hash is that of the folder's name, the classes, labels and decoded pixels: it depends neither
 * on where the folder lies nor on the files' names.
 *
 * @throws {Problem} for a path that is no folder of such folders, for a class without images, and
 *   for a file that is not a whole image; the message names it
 * @example
 * ```ts ignore
 * const images = await imageFolder("photos/train", { size: 32 });
 * console.log(images.length, images.classes);
 * ```
 */
export async function imageFolder(
  path: string,
  { size, progress = silent }: ImageFolderOptions,
): Promise<Dataset> {
  if (!(Number.isInteger(size) && size > 0)) {
    throw new Problem(`imageFolder: size is ${size}: give a whole number of pixels above 0`);
  }
  const root = resolve(path);
  const classes = await classesIn(root);
  const files = await Promise.all(classes.map((name) => filesIn(join(root, name))));
  const pixels = await decodeAll(files.flat(), size, progress);
  const labels = files.flatMap((of, label) => of.map(() => label));
  const known = { name: basename(root), classes, size, labels, pixels };
  // A folder tells neither factors nor boxes.
  const { factors: _, boxes: __, ...dataset } = toDataset({ ...known, factors: [], boxes: [] });
  return dataset;
}

/** The names of the class folders, links to folders among them. */
async function classesIn(root: string): Promise<string[]> {
  const wanted = "give a folder that holds one folder of images for each class";
  const isFolder = async (path: string) => (await Deno.stat(path)).isDirectory;
  if (!await isFolder(root).catch(() => false)) throw new Problem(`no folder ${root}: ${wanted}`);
  const classes: string[] = [];
  for (const { name, isDirectory, isSymlink } of await entriesOf(root)) {
    if (isDirectory || isSymlink && await isFolder(join(root, name))) classes.push(name);
  }
  if (classes.length === 0) throw new Problem(`${root} has no folders in it: ${wanted}`);
  return classes;
}

/** The paths of a class's images. */
async function filesIn(folder: string): Promise<string[]> {
  const entries = await entriesOf(folder);
  if (entries.length === 0) {
    throw new Problem(`${folder}: a class without images: add images or remove the folder`);
  }
  const nested = entries.find(({ isDirectory }) => isDirectory);
  if (nested) {
    throw new Problem(
      `${join(folder, nested.name)} is a folder inside a class: move its images up or away`,
    );
  }
  return entries.map(({ name }) => join(folder, name));
}

/** What is in a folder and not hidden, by name: the order in which a disk lists it says nothing. */
async function entriesOf(folder: string): Promise<Deno.DirEntry[]> {
  const entries = await Array.fromAsync(Deno.readDir(folder));
  return entries.filter(({ name }) => !name.startsWith("."))
    .sort((a, b) => a.name < b.name ? -1 : 1);
}

const AT_ONCE = 16; // more than sharp has threads, few enough for memory

/** [n, 3, size, size] */
async function decodeAll(files: string[], size: number, progress: Progress): Promise<Uint8Array> {
  const bytes = 3 * size * size;
  const pixels = new Uint8Array(files.length * bytes);
  for (let start = 0; start < files.length; start += AT_ONCE) {
    const chunk = files.slice(start, start + AT_ONCE);
    const images = await Promise.all(chunk.map((file) => decode(file, size)));
    images.forEach((image, i) => pixels.set(image, (start + i) * bytes));
    progress(start + chunk.length, files.length);
  }
  return pixels;
}

/** The planar bytes of one image, [3, size, size]. */
async function decode(file: string, size: number): Promise<Uint8Array> {
  const data = await sharp(file, { failOn: "error", autoOrient: true })
    .toColourspace("srgb")
    .flatten({ background: "white" })
    .resize(size, size, { fit: "cover", kernel: "lanczos3", fastShrinkOnLoad: false })
    .raw().toBuffer()
    .catch((error) => {
      const [reason] = messageOf(error).split("\n");
      throw new Problem(`${file} is not a whole image (${reason}): replace or remove it`);
    });
  const area = size * size;
  return Uint8Array.from(
    { length: 3 * area },
    (_, k) => data[3 * (k % area) + Math.floor(k / area)],
  );
}
