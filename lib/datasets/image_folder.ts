/** Images of one's own in one call: a folder of folders, one for each class. */
import { basename, resolve } from "@std/path";
import { cacheDirectory } from "../base/files.ts";
import { sha256 } from "../base/hash.ts";
import { Problem } from "../base/problem.ts";
import { silent } from "../base/progress.ts";
import { classFolders } from "./class_folders.ts";
import type { Dataset } from "./dataset.ts";
import { importImages } from "./importing/import.ts";
import { checkSize, type HoldOptions, openIndex } from "./open_index.ts";
import { openTree } from "./trees/open.ts";

/** What to make of a folder. */
export interface ImageFolderOptions extends HoldOptions {
  /** Which of `train`, `val`, `test`, where the folder has such folders. */
  split?: string;
  /** Told in one line what lies in the folder and is left out; default `console.warn`. */
  warn?: (message: string) => void;
}

/**
 * Reads `path/<class>/…/<image>`, or `path/<split>/<class>/…/<image>`: every image that sharp can
 * decode (JPEG, PNG, WebP, GIF, TIFF, AVIF, SVG), turned upright by its EXIF orientation,
 * transparency on white; its central square is resized to `size`. Classes are sorted by name, and so
 * are the files of a class; images in no folder have no labels. An archive (zip, tar) of such
 * folders is read as it is.
 *
 * `deno task data` does the same once and for all, keeps what it found, and leaves broken files out
 * where this refuses them.
 *
 * @throws {Problem} for a path without images, and for a file that is not a whole image; the
 *   message names it
 * @example
 * ```ts ignore
 * const images = await imageFolder("photos/train", { size: 32 });
 * console.log(images.length, images.classes);
 * ```
 */
export async function imageFolder(
  path: string,
  { split, warn = console.warn, ...options }: ImageFolderOptions,
): Promise<Dataset> {
  const root = resolve(path);
  checkSize("imageFolder", options.size);
  const scratch = cacheDirectory("unpacked", sha256(root).slice(0, 16));
  const { progress = silent } = options;
  const tree = await openTree([root], { scratch, progress });
  try {
    const { splits, manifest: { skipped } } = await importImages(tree, classFolders, {
      ...{ name: basename(root), sources: [], progress, strict: true },
    });
    const said = skipped.files.filter(({ reason }) => reason !== "hidden");
    const files = said.slice(0, 5).map(({ name, reason }) => `${name} (${reason})`);
    const others = said.length > files.length ? ", …" : "";
    if (files.length > 0) warn(`${root}: left out are ${files.join(", ")}${others}`);
    const chosen = splits.find((index) => index.split === (split ?? splits[0].split));
    if (chosen) return await openIndex(chosen, options);
    const known = splits.map((index) => index.split).join(", ");
    throw new Problem(`${root} has no split "${split}"; it has ${known}`);
  } finally {
    tree.close();
  }
}
