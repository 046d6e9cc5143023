/** Sums what the processes that share a batch found of its gradients. */
import { alone, type Replicas, tensors, tf, type Tree, withTensors } from "../engine/mod.ts";

/**
 * How workers depart from what one worker would compute, to exchange less; the result is then another
 * one for each number of workers.
 */
export type Sharing = {
  /** How many workers there must be. */
  workers: number;
  /** Batch norm by each worker's own part of a batch, or by all of it, the default. */
  batchNorm?: "own" | "shared";
  /** Gradients in 16 bits on the wire, or in 32, the default. */
  wire?: "fp32" | "bf16";
};

/** Numbers that are exchanged at a time, 8 MB: many small exchanges would wait for each other. */
const BUCKET = 2 ** 21;

/**
 * The sums over all processes of gradients, and, where batch norm was by each one's own part, the means
 * of the running statistics: all processes hold the same numbers afterwards.
 *
 * They go in buckets, each as soon as its gradients are there, while others are being computed.
 *
 * @param own gradients, which are summed, and statistics, which are averaged
 */
export function shareGradients<G extends Tree, S extends Tree>(
  own: { gradients: G; stats: S },
  { replicas = alone, sharing }: { replicas?: Replicas; sharing?: Sharing },
): { gradients: G; stats: S } {
  if (replicas.count === 1) return own;
  const gradients = tensors(own.gradients);
  const stats = sharing?.batchNorm === "own" ? tensors(own.stats) : [];
  const addends = [...gradients, ...stats.map((tensor) => tensor.div(replicas.count))];
  const sums = buckets(addends.map(({ size }) => size)).flatMap(({ from, until }) =>
    sumTogether(addends.slice(from, until), replicas, sharing?.wire ?? "fp32")
  );
  return {
    gradients: withTensors(own.gradients, sums.slice(0, gradients.length)),
    stats: stats.length > 0 ? withTensors(own.stats, sums.slice(gradients.length)) : own.stats,
  };
}

function sumTogether(some: tf.Tensor[], replicas: Replicas, wire: "fp32" | "bf16"): tf.Tensor[] {
  const vector = tf.concat1d(some.map((tensor) => tensor.flatten()));
  const sum = replicas.sumOfVector(vector, { wire });
  return tf.split(sum, some.map(({ size }) => size)).map((part, i) => part.reshape(some[i].shape));
}

/**
 * Neighbours of these sizes in groups of {@link BUCKET} or less; what is larger is alone.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * deepStrictEqual(buckets([2, 3, 9, 1, 1], 5), [
 *   { from: 0, until: 2 },
 *   { from: 2, until: 3 },
 *   { from: 3, until: 5 },
 * ]);
 * ```
 */
export function buckets(
  sizes: readonly number[],
  most: number = BUCKET,
): { from: number; until: number }[] {
  const made: { from: number; until: number }[] = [];
  let filled = Infinity;
  for (const [i, size] of sizes.entries()) {
    if (filled + size > most) made.push({ from: i, until: i }), filled = 0;
    made[made.length - 1].until = i + 1;
    filled += size;
  }
  return made;
}
