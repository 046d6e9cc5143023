/**
 * What the processes that share a batch tell each other while they compute: in a jitted function,
 * collective operations of TensorFlow's; every one is called by all processes, in one order.
 *
 * Each process has its part of a batch's rows, and a loss of the whole batch is one number that all of
 * them find. What a process differentiates it by is its own part's way to it; the sum of all their
 * gradients is that of the whole ({@link Replicas.sum}).
 */
import type { tf } from "./tfjs.ts";

/** The processes that share each batch, as one of them sees them. */
export interface Replicas {
  readonly count: number;
  /** Which this one is, 0 … count - 1. */
  readonly rank: number;
  /** The rows [n, …] of all, those of rank 0 first, [count n, …]; gradients flow to one's own. */
  gather<T extends tf.Tensor>(rows: T): T;
  /** The rows [n, …] that are one's own of those of all, [count n, …]. */
  own<T extends tf.Tensor>(rows: T): T;
  /** The sum over all; gradients are summed as well. */
  sum<T extends tf.Tensor>(x: T): T;
  /** The mean over all of a loss of one's own rows; its gradient is its share of one's own. */
  mean<T extends tf.Tensor>(x: T): T;
  /** The sum of gradients over all, in 16 or 32 bits on the wire. */
  sumOfVector(x: tf.Tensor1D, options: { wire: "fp32" | "bf16" }): tf.Tensor1D;
}

/** One process that has the whole batch. */
export const alone: Replicas = {
  count: 1,
  rank: 0,
  gather: (rows) => rows,
  own: (rows) => rows,
  sum: (x) => x,
  mean: (x) => x,
  sumOfVector: (x) => x,
};
