/** Trees of files in memory. */
import type { FileTree } from "../../lib/datasets/trees/file_tree.ts";

/** A tree of these files, by name. `reads` collects the names of those that are read. */
export function memoryTree(
  files: Record<string, string | Uint8Array>,
  reads: string[] = [],
): FileTree {
  const names = Object.keys(files).sort();
  const bytes = (i: number) => {
    const content = files[names[i]];
    return typeof content === "string" ? new TextEncoder().encode(content) : content;
  };
  return {
    path: "archive",
    names,
    skipped: [],
    size: (i) => bytes(i).length,
    read: (i) => {
      reads.push(names[i]);
      return Promise.resolve(bytes(i));
    },
    close: () => {},
  };
}

/** A tree of files without content. */
export const namesTree = (names: string[]): FileTree =>
  memoryTree(Object.fromEntries(names.map((name) => [name, ""])));
