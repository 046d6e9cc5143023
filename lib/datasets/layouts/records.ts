/** Images that are records of one length in one file, as CIFAR and STL-10 store them. */
import { Problem } from "../../base/problem.ts";
import { baseName } from "./tree_files.ts";
import type { FileTree } from "../trees/file_tree.ts";

/**
 * How many records file i holds.
 *
 * @throws {Problem} where it is empty or ends within one
 */
export function recordsIn(tree: FileTree, i: number, bytes: number): number {
  const size = tree.size(i);
  if (size > 0 && size % bytes === 0) return size / bytes;
  const whole = Math.floor(size / bytes);
  throw new Problem(
    `${tree.path}: ${
      tree.names[i]
    } ends within record ${whole}: ${size} bytes are no multiple of ` +
      `${bytes}: fetch it anew`,
  );
}

/** What an image is called: `data_batch_1/00042`, with enough digits to sort. */
export function recordId(tree: FileTree, i: number, record: number, records: number): string {
  const file = baseName(tree.names[i]).replace(/\.bin$/, "");
  return `${file}/${String(record).padStart(Math.max(5, String(records - 1).length), "0")}`;
}

/** @throws {Problem} for a label that is none of so many classes, from `first` on */
export function checkLabel(
  tree: FileTree,
  i: number,
  record: number,
  { label, first, classes }: { label: number; first: number; classes: number },
): void {
  if (label >= first && label < first + classes) return;
  throw new Problem(
    `${tree.path}: ${tree.names[i]}: record ${record} has label ${label}, but the ${classes} ` +
      `classes are ${first} to ${first + classes - 1}: fetch it anew`,
  );
}
