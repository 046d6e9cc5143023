/** What a network is: a pure function on trees of parameters and running statistics. */
import type { Prng } from "../base/prng.ts";
import type { Replicas, tf, Tree } from "../engine/mod.ts";

/** What gradient descent learns, and the running statistics of batch norm. */
export type Variables = { params: Tree; stats: Tree };

/** The variables of named parts. */
export type Branch = Record<string, Tree>;

/** How a network is applied. */
export type Mode = {
  /** Whether batch norm takes its statistics from the batch, or from the past. */
  training: boolean;
  /** Whether blocks compute their inner values anew for the gradient instead of keeping them. */
  recompute?: boolean;
  /** In training, with whom batch norm shares its batch; default with nobody. */
  replicas?: Replicas;
};

/**
 * A part of a network. `apply` returns the output and the running statistics: updated when
 * training, else as they were.
 */
export interface Layer {
  init(prng: Prng): Variables;
  apply(variables: Variables, x: tf.Tensor, mode: Mode): { y: tf.Tensor; stats: Tree };
}

/** A whole network: images [n, height, width, 3], or features [n, d], to features [n, features]. */
export interface Model extends Layer {
  /** Width of the output. */
  readonly features: number;
  apply(variables: Variables, x: tf.Tensor, mode: Mode): { y: tf.Tensor2D; stats: Tree };
}
