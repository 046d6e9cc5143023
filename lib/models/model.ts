/** What a network is: a pure function on trees of parameters and running statistics. */
import type { Prng } from "../base/prng.ts";
import type { tf, Tree } from "../engine/mod.ts";

/** What gradient descent learns, and the running statistics of batch norm. */
export type Variables = { params: Tree; stats: Tree };

/** A network. `apply` returns the output and, when training, the updated running statistics. */
export interface Model {
  /** Width of the output. */
  readonly features: number;
  init(prng: Prng): Variables;
  apply(
    variables: Variables,
    x: tf.Tensor,
    mode: { training: boolean },
  ): { y: tf.Tensor2D; stats: Tree };
}
