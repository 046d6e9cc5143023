/** Assertions on trees that a source refuses. */
import { ok, rejects } from "node:assert/strict";
import { Problem } from "../../lib/base/problem.ts";
import type { Source } from "../../lib/datasets/source.ts";
import type { FileTree } from "../../lib/datasets/trees/file_tree.ts";

/** Asserts that the source refuses the tree, in one line that says so and names the tree. */
export async function refused(source: Source, tree: FileTree, message: RegExp): Promise<void> {
  await rejects(async () => await source.list(tree), (error) => {
    ok(error instanceof Problem, String(error));
    ok(message.test(error.message), error.message);
    ok(!error.message.includes("\n") && error.message.includes(tree.path), error.message);
    return true;
  });
}
