/** All layouts of images on disk, and which of them a tree has. */
import { Problem } from "../base/problem.ts";
import { cifar10, cifar100 } from "./cifar.ts";
import { classFolders } from "./class_folders.ts";
import { coco } from "./coco.ts";
import { imagenet } from "./imagenet.ts";
import type { Source } from "./source.ts";
import { stl10 } from "./stl10.ts";
import { tinyImagenet } from "./tiny_imagenet.ts";
import type { FileTree } from "./trees/file_tree.ts";
import { voc } from "./voc.ts";

/** In the order in which they are tried; folders of images, which others look like too, last. */
export const sources: readonly Source[] = [
  tinyImagenet,
  imagenet,
  cifar10,
  cifar100,
  stl10,
  voc,
  coco,
  classFolders,
];

/**
 * The source of this name, or else the first that recognises the tree.
 *
 * @throws {Problem} where there is none
 */
export function sourceOf(tree: FileTree, name?: string): Source {
  if (name !== undefined) {
    const named = sources.find((source) => source.name === name);
    const known = sources.map((source) => source.name).join(", ");
    if (!named) throw new Problem(`there is no source "${name}": name one of ${known}`);
    return named;
  }
  const source = sources.find((source) => source.recognises(tree));
  if (source) return source;
  const layouts = sources.map(({ name, layout }) => `${name} (${layout})`).join("; ");
  throw new Problem(
    `${tree.path} holds ${glimpse(tree)}, which is no layout known here: lay the files out as ` +
      `one of ${layouts}`,
  );
}

/** A few of the names at the top. */
function glimpse({ names }: FileTree): string {
  if (names.length === 0) return "no files";
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.size > 5) break;
    seen.add(name.replace(/\/.*/s, "/"));
  }
  const few = [...seen];
  return few.length > 5 ? `${few.slice(0, 5).join(", ")}, …` : few.join(", ");
}
