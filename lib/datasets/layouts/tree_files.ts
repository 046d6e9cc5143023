/** Finding the files of a tree by name. Names are sorted: no map of a million of them is needed. */
import { Problem } from "../../base/problem.ts";
import type { FileTree } from "../trees/file_tree.ts";

/** The index of the file with this name, -1 where there is none. */
export function fileAt({ names }: FileTree, name: string): number {
  const i = lowerBound(names, name);
  return names[i] === name ? i : -1;
}

/** The index of the file with this name. @throws {Problem} where there is none */
export function neededFile(tree: FileTree, name: string): number {
  const i = fileAt(tree, name);
  if (i < 0) throw new Problem(`${tree.path} has no ${name}, which its layout needs: add it`);
  return i;
}

/** The indices of all files in a folder and in its folders; `folder` ends in "/", or is "". */
export function filesUnder({ names }: FileTree, folder: string): number[] {
  const start = lowerBound(names, folder);
  const after = `${folder.slice(0, -1)}0`; // "0" comes after "/"
  const end = folder ? lowerBound(names, after) : names.length;
  return Array.from({ length: end - start }, (_, k) => start + k);
}

/** The index of the first file called so, in whatever folder, -1 where there is none. */
export function fileCalled({ names }: FileTree, file: string): number {
  return names.findIndex((name) => name === file || name.endsWith(`/${file}`));
}

/** The folder of {@link fileCalled}, with "/" at its end, or ""; undefined where there is none. */
export function homeOf(tree: FileTree, file: string): string | undefined {
  const i = fileCalled(tree, file);
  return i < 0 ? undefined : tree.names[i].slice(0, -file.length);
}

/** The one folder, with "/" at its end, in which everything lies; "" where there is none. */
export function topFolder({ names }: FileTree): string {
  if (names.length === 0) return "";
  const [folder] = names[0].match(/^[^/]+\//) ?? [""];
  return names[names.length - 1].startsWith(folder) ? folder : ""; // sorted: so do all between
}

/** What follows the last "/" of a name. */
export function baseName(name: string): string {
  return name.slice(name.lastIndexOf("/") + 1);
}

const SIDECARS =
  /\.(txt|xml|json|jsonl|csv|tsv|md|html?|pdf|ya?ml|ini|log|py|mat|npy|npz|pkl|db|zip|tar|t?gz)$/i;

/** Whether a file is none of the images among which it lies, by its extension. */
export function isSidecar(name: string): boolean {
  return SIDECARS.test(name);
}

/** The lines of a text file, without blanks at their ends and without empty ones at the file's. */
export async function readLines(tree: FileTree, i: number): Promise<string[]> {
  const text = new TextDecoder().decode(await tree.read(i)).trimEnd();
  return text === "" ? [] : text.split("\n").map((line) => line.trim());
}

/** The first index at which a name is not less than the given one. */
function lowerBound(names: readonly string[], name: string): number {
  let low = 0, high = names.length;
  while (low < high) {
    const middle = low + high >>> 1;
    if (names[middle] < name) low = middle + 1;
    else high = middle;
  }
  return low;
}
