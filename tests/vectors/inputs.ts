/** The inputs that common.py hashes, made alike here, and comparisons with reference values. */
import { ok } from "node:assert/strict";
import { leaves, tf, type Tree, withTensors } from "../../lib/engine/mod.ts";

/** Uniform numbers that depend on the name and the index alone; `uniform` of common.py. */
export function uniform(name: string, size: number, low = -1, high = 1): Float32Array {
  let seed = 2166136261;
  for (const byte of new TextEncoder().encode(name)) seed = Math.imul(seed ^ byte, 16777619);
  return Float32Array.from({ length: size }, (_, i) => {
    let h = Math.imul(i, 0x9E3779B9) + seed | 0;
    h = Math.imul(h ^ h >>> 16, 0x7FEB352D);
    h = Math.imul(h ^ h >>> 15, 0x846CA68B);
    return low + (high - low) * ((h ^ h >>> 16) >>> 0) / 2 ** 32;
  });
}

/** A tensor of such numbers. */
export function tensor<T extends tf.Tensor>(
  name: string,
  shape: number[],
  low = -1,
  high = 1,
): T {
  return tf.tensor(uniform(name, shape.reduce((a, b) => a * b, 1), low, high), shape) as T;
}

/** A tree of that structure with the weights that common.py's `fill` makes. */
export function filled<T extends Tree>(tree: T): T {
  const weights = leaves(tree).map(([path, { shape }]) => {
    const name = path.slice(1);
    if (shape.length === 1) {
      const positive = name.endsWith("running_var") || name.endsWith("weight");
      return positive ? tensor(name, shape, 0.5, 1.5) : tensor(name, shape, -0.5, 0.5);
    }
    if (shape.length === 3) { // tokens and positions, which torch lays out alike
      const bound = Math.sqrt(6 / (shape[1] * shape[2]));
      return tensor(name, shape, -bound, bound);
    }
    // torch's layout is [out, in, …], ours is […, in, out].
    const [inputs, outputs] = shape.slice(-2);
    const kernel = shape.slice(0, -2);
    const fanIn = kernel.reduce((a, b) => a * b, inputs);
    const bound = Math.sqrt(6 / fanIn);
    const torch = tensor(name, [outputs, inputs, ...kernel], -bound, bound);
    return torch.transpose(kernel.length ? [2, 3, 1, 0] : [1, 0]);
  });
  return withTensors(tree, weights);
}

/** Asserts that numbers are equal up to a part of the largest expected one. */
export function close(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
  what: string,
): void {
  ok(actual.length === expected.length, `${what}: ${actual.length} of ${expected.length} numbers`);
  const scale = Math.max(...Array.from(expected, Math.abs));
  const error = Math.max(...Array.from(expected, (e, i) => Math.abs(actual[i] - e)));
  ok(error <= tolerance * scale, `${what}: off by ${error} at a scale of ${scale}`);
}

/** The Euclidean norm of every leaf, by its path without the leading dot. */
export async function norms(tree: Tree): Promise<Record<string, number>> {
  const entries = leaves(tree).map(async ([path, leaf]) =>
    [path.slice(1), Math.hypot(...await leaf.data())] as const
  );
  return Object.fromEntries(await Promise.all(entries));
}

/** Asserts that two records of numbers agree, each number relatively. */
export function closeRecords(
  actual: Record<string, number>,
  expected: Record<string, number>,
  tolerance: number,
  what: string,
): void {
  ok(
    Object.keys(actual).sort().join() === Object.keys(expected).sort().join(),
    `${what}: names differ: ${Object.keys(actual)} and ${Object.keys(expected)}`,
  );
  for (const name of Object.keys(expected)) {
    close([actual[name]], [expected[name]], tolerance, `${what} ${name}`);
  }
}
