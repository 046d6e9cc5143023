/** What a self-supervised method is: heads on a backbone's features, and a loss. */
import type { Prng } from "../base/prng.ts";
import type { tf, Tree } from "../engine/mod.ts";
import type { Variables } from "../models/model.ts";

/** The families that the paper compares. */
export type Family =
  | "contrastive"
  | "clustering / distillation"
  | "asymmetric"
  | "redundancy reduction"
  | "bound";

/** The backbone's features of both images of each pair, [n, features] each. */
export type PairFeatures = { anchor: tf.Tensor2D; partner: tf.Tensor2D };

/** A method, a pure function on its heads' variables. */
export interface Method<Options> {
  readonly name: string;
  /** As it is written in a figure, e.g. `Barlow Twins`. */
  readonly title: string;
  readonly family: Family;
  readonly defaults: Options;
  /** The heads for a backbone with that many features. */
  init(prng: Prng, features: number, options: Options): Variables;
  /** The training loss of a batch and the heads' updated running statistics. */
  loss(
    heads: Variables,
    features: PairFeatures,
    options: Options,
  ): { value: tf.Scalar; stats: Tree };
}
