/** Several trees as one, e.g. the archives of the training and of the validation images. */
import { Problem } from "../../base/problem.ts";
import type { FileTree } from "./file_tree.ts";
import { sortMembers } from "./members.ts";
import { inOrder } from "./names.ts";

/**
 * The files of all trees.
 *
 * @throws {Problem} for a name that two of them have
 */
export function joinedTree(trees: readonly FileTree[]): FileTree {
  const { names, columns: { tree, file }, again } = sortMembers(
    trees.flatMap(({ names }) => names),
    {
      tree: trees.flatMap(({ names }, t) => names.map(() => t)),
      file: trees.flatMap(({ names }) => [...names.keys()]),
    },
  );
  if (again.length > 0) {
    const holders = trees.filter(({ names }) => names.includes(again[0])).map(({ path }) => path);
    throw new Problem(`${again[0]} is in ${holders.join(" and in ")}: take it out of one of them`);
  }
  const of = (i: number) => trees[tree[i]];
  return {
    path: trees.map(({ path }) => path).join(", "),
    names,
    skipped: inOrder(trees.flatMap(({ skipped }) => skipped)),
    size: (i) => of(i).size(file[i]),
    read: (i) => of(i).read(file[i]),
    ...trees.every((tree) => tree.locate) && { locate: (i: number) => of(i).locate!(file[i]) },
    ...trees.some((tree) => tree.order) && { order: joinedOrder(trees, names, tree, file) },
    close: () => trees.forEach((tree) => tree.close()),
  };
}

/** Tree by tree, each in its own order. */
function joinedOrder(
  trees: readonly FileTree[],
  names: readonly string[],
  tree: Float64Array,
  file: Float64Array,
): number[] {
  const places = trees.map(({ order, names }) => {
    const places = new Float64Array(names.length);
    (order ?? names.keys()).forEach((file, place) => places[file] = place);
    return places;
  });
  const place = (i: number) => places[tree[i]][file[i]];
  return [...names.keys()].sort((a, b) => tree[a] - tree[b] || place(a) - place(b));
}
