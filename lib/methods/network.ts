/** A backbone and heads during one step: applied any number of times, statistics carried along. */
import { Problem } from "../base/problem.ts";
import type { tf, Tree } from "../engine/mod.ts";
import type { Branch, Mode, Model, Variables } from "../models/model.ts";

/** A value for the backbone and one for the heads. */
export type Parts<T> = { backbone: T; heads: T };

/** The modules of a network, and how they are applied. */
export type Modules =
  & { backbone: Model; heads: Record<string, Model> }
  & Pick<Mode, "recompute" | "replicas">;

/** What a loss sees of a network. Each call updates the running statistics of batch norm. */
export interface Network {
  /** Images [n, height, width, 3] to features [n, features]. */
  backbone(images: tf.Tensor4D): tf.Tensor2D;
  /** Through a head, e.g. `head("projector", features)`. */
  head(name: string, x: tf.Tensor2D): tf.Tensor2D;
}

/** A network in training, and its running statistics as they are after all calls so far. */
export interface RecordedNetwork extends Network {
  stats(): Parts<Tree>;
  /** What came out first of the head `projector`, else of the backbone: what a collapse shows in. */
  embeddings(): tf.Tensor2D;
}

/**
 * Binds modules to their variables for one step.
 *
 * Each call sees the batch that it is given as one batch for batch norm: a method that wants the
 * statistics of both views together concatenates them first.
 */
export function network(
  { backbone, heads, recompute, replicas }: Modules,
  params: Parts<Tree>,
  initial: Parts<Tree>,
): RecordedNetwork {
  let backboneStats = initial.backbone;
  const headStats: Branch = { ...(initial.heads as Branch) };
  const first: Partial<Record<string, tf.Tensor2D>> = {};
  const apply = (model: Model, variables: Variables, x: tf.Tensor) =>
    model.apply(variables, x, { training: true, recompute, replicas });
  return {
    backbone: (images) => {
      const variables = { params: params.backbone, stats: backboneStats };
      const { y, stats } = apply(backbone, variables, images);
      backboneStats = stats;
      first.backbone ??= y;
      return y;
    },
    head: (name, x) => {
      if (!heads[name] || !Object.hasOwn(params.heads, name)) {
        throw new Error(`the network has no head "${name}"`);
      }
      const variables = { params: (params.heads as Branch)[name], stats: headStats[name] };
      const { y, stats } = apply(heads[name], variables, x);
      headStats[name] = stats;
      first[name] ??= y;
      return y;
    },
    stats: () => ({ backbone: backboneStats, heads: headStats }),
    embeddings: () => (first.projector ?? first.backbone)!,
  };
}

/** Stands where a method has no momentum encoder. */
export const noNetwork: Network = {
  backbone: () => absent(),
  head: () => absent(),
};

function absent(): never {
  throw new Problem("this method has no momentum encoder: declare `momentum` to get one");
}
