/**
 * Trees: nested records and arrays of tensors, the shape of parameters, states and batches.
 * Every function here walks in one order: record keys sorted, arrays by index.
 */
import type * as tf from "@tensorflow/tfjs";

/** A tensor, or a record or array of trees. */
export type Tree = tf.Tensor | Tree[] | { [key: string]: Tree };

/** Whether a value is a tensor (of any backend). */
export function isTensor(value: unknown): value is tf.Tensor {
  return typeof value === "object" && value !== null && "dataId" in value && "shape" in value;
}

/** A leaf with the path that leads to it, e.g. `[".block1.conv", tensor]`. */
export type Leaf = [path: string, tensor: tf.Tensor];

/**
 * The leaves of a tree with their paths.
 *
 * @param root what the paths start with, e.g. `argument 1`
 * @throws {TypeError} naming the path, where a leaf is no tensor
 */
export function leaves(tree: Tree, root = ""): Leaf[] {
  if (isTensor(tree)) return [[root, tree]];
  if (Array.isArray(tree)) return tree.flatMap((item, i) => leaves(item, `${root}[${i}]`));
  if (isRecord(tree)) {
    return Object.keys(tree).sort().flatMap((key) => leaves(tree[key], `${root}.${key}`));
  }
  throw new TypeError(
    `${root || "tree"} is ${describe(tree)}, not a tensor: pass tf.scalar(…) for a number, ` +
      "or close over a value that never changes",
  );
}

/** The tensors of a tree, in the order of {@link leaves}. */
export function tensors(tree: Tree): tf.Tensor[] {
  return leaves(tree).map(([, tensor]) => tensor);
}

/** The tree with its leaves replaced, in the order of {@link leaves}. */
export function withTensors<T extends Tree>(tree: T, replacements: tf.Tensor[]): T {
  let next = 0;
  const build = (node: Tree): Tree => {
    if (isTensor(node)) return replacements[next++];
    if (Array.isArray(node)) return node.map(build);
    return Object.fromEntries(Object.keys(node).sort().map((key) => [key, build(node[key])]));
  };
  return build(tree) as T;
}

/**
 * Applies a function to corresponding leaves of trees of one structure.
 *
 * @throws {TypeError} naming the first path in which the structures differ
 */
export function mapTree<T extends Tree>(
  fn: (tensor: tf.Tensor, ...others: tf.Tensor[]) => tf.Tensor,
  tree: T,
  ...others: Tree[]
): T {
  const first = leaves(tree);
  const rest = others.map((other) => leaves(other));
  for (const other of rest) {
    const at = first.findIndex(([path], i) => path !== other[i]?.[0]);
    if (at >= 0 || other.length !== first.length) {
      const path = first[at]?.[0] ?? other[first.length][0];
      throw new TypeError(`trees differ in structure at ${path}`);
    }
  }
  const mapped = first.map(([, tensor], i) => fn(tensor, ...rest.map((other) => other[i][1])));
  return withTensors(tree, mapped);
}

/** Does further work, and frees what was made before where that fails. */
export async function orDispose<T>(made: Tree, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    dispose(made);
    throw error;
  }
}

/** Frees every tensor of the trees. */
export function dispose(...trees: Tree[]): void {
  for (const tree of trees) for (const tensor of tensors(tree)) tensor.dispose();
}

function isRecord(value: unknown): value is Record<string, Tree> {
  return typeof value === "object" && value !== null &&
    (Object.getPrototypeOf(value) === Object.prototype || Object.getPrototypeOf(value) === null);
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value !== "object") return `the ${typeof value} ${String(value)}`;
  return `a ${value.constructor?.name ?? "record"}`;
}
