/** What a self-supervised method is: heads on a backbone, what it remembers, and a loss. */
import type { Prng } from "../base/prng.ts";
import type { Replicas, tf, Tree } from "../engine/mod.ts";
import type { Model } from "../models/model.ts";
import type { Network } from "./network.ts";

/** The families that the paper compares. */
export type Family =
  | "contrastive"
  | "clustering / distillation"
  | "asymmetric"
  | "redundancy reduction"
  | "bound";

/** Options as they stand in a cell, plain JSON. */
export type MethodOptions = Readonly<Record<string, number | boolean>>;

/** What the sizes of heads depend on. */
export type Sizes = {
  /** Width of the backbone's output. */
  features: number;
  /** Classes of the data set; only the bounds, which learn from labels, may use them. */
  classes: number;
};

/** A batch of n pairs, as views; where processes share a batch, one's own part of it. */
export type Views = {
  /** [n, height, width, 3] */
  anchor: tf.Tensor4D;
  /** [n, height, width, 3] */
  partner: tf.Tensor4D;
  /** Multi-crop: small views of the anchors and the partners in turn, [n, h, w, 3] each; else none. */
  crops: tf.Tensor4D[];
  /** The pairs' classes, int32 [n]: for the bounds and for diagnostics. */
  labels: tf.Tensor1D;
};

/** Where a step stands in its run; all counts from 0. */
export type Moment = { step: number; total: number; perEpoch: number };

/** A number that changes over a run. */
export type Schedule = (moment: Moment) => number;

/** What a loss is computed from. */
export interface Step {
  /** The network that learns. */
  online: Network;
  /** The momentum encoder: no gradients flow through it. */
  momentum: Network;
  views: Views;
  /** What the last step remembered, see {@link Method.memory}. */
  memory: Tree;
  /**
   * Who shares the batch. The loss is that of the whole batch, the same number in all processes: what
   * compares pairs with each other gathers them first; the mean of what each pair has for itself is
   * taken over all.
   */
  replicas: Replicas;
  /** The method's schedules at this step. */
  at: Readonly<Record<string, tf.Scalar>>;
}

/** What a loss finds out. */
export interface Loss {
  value: tf.Scalar;
  /** What the next step will find; needed where the method has a memory. */
  memory?: Tree;
  /**
   * The share of an anchor's negatives that are of its own class, 0 … 1, where it is not that of the
   * other pairs in the batch: a queue has other negatives.
   */
  sameClassNegatives?: tf.Scalar;
}

/** A method: pure functions on its networks' variables. */
export interface Method<Options = MethodOptions> {
  readonly name: string;
  /** As it is written in a figure, e.g. `Barlow Twins`. */
  readonly title: string;
  readonly family: Family;
  readonly defaults: Options;
  /** The heads by name. */
  heads(sizes: Sizes, options: Options): Record<string, Model>;
  /**
   * A second network that follows the online one: its backbone and the named heads are
   *   m <- tau m + (1 - tau) w
   * after every step, with tau from `tau`. It starts as a copy.
   */
  readonly momentum?: { heads: readonly string[]; tau(options: Options): Schedule };
  /** What is remembered from step to step beside networks, e.g. a queue or a centre. */
  memory?(prng: Prng, sizes: Sizes, options: Options): Tree;
  /** Further numbers that change over a run; a step finds them in {@link Step.at}. */
  schedules?(options: Options): Record<string, Schedule>;
  /** Whether its loss uses small crops beside the full views. */
  readonly multiCrop?: boolean;
  /** A head that does not learn in the first epochs, e.g. prototypes. */
  readonly frozen?: { head: string; epochs(options: Options): number };
  /**
   * The training loss of a batch. Null: the method does not train.
   *
   * @throws {Problem} for a batch that is too small for it
   */
  readonly loss: ((step: Step, options: Options) => Loss) | null;
  /** What the heads' parameters are brought back to before the first and after every step. */
  project?(params: Record<string, Tree>): Record<string, Tree>;
}
