/** Files on disk for the tests of trees. */
import { deepStrictEqual, ok } from "node:assert/strict";
import { dirname, join } from "@std/path";
import { Problem } from "../../../lib/base/problem.ts";
import type { FileTree } from "../../../lib/datasets/trees/file_tree.ts";
import { readLocation } from "../../../lib/datasets/trees/ranges.ts";

/** UTF-8. */
export const bytesOf = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

/** Runs a test in a folder with these files, and removes it. */
export async function inFolder(
  files: Record<string, Uint8Array | string>,
  test: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "trees-" });
  try {
    for (const [name, content] of Object.entries(files)) {
      const path = join(folder, name);
      await Deno.mkdir(dirname(path), { recursive: true });
      await Deno.writeFile(path, typeof content === "string" ? bytesOf(content) : content);
    }
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Each file's text, read in both ways that a tree offers; sizes agree with it. */
export async function textsOf(tree: FileTree): Promise<Record<string, string>> {
  const texts: Record<string, string> = {};
  for (const [i, name] of tree.names.entries()) {
    const content = await tree.read(i);
    texts[name] = new TextDecoder().decode(content);
    deepStrictEqual(tree.size(i), content.length, `the size of ${name}`);
    const located = await readLocation(await tree.locate!(i));
    deepStrictEqual(located, content, `the location of ${name}`);
  }
  return texts;
}

/** For `rejects`: a {@link Problem} of one line, as it must say. */
export function saying(pattern: RegExp): (error: Error) => true {
  return (error) => {
    ok(error instanceof Problem, String(error));
    ok(pattern.test(error.message) && !error.message.includes("\n"), error.message);
    return true;
  };
}
