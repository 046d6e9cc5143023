/** Degenerate batches for the redundancy-reduction losses, as redundancy.py makes them in torch. */
import { tf } from "../../lib/engine/mod.ts";

type Edge = (a: tf.Tensor2D, b: tf.Tensor2D) => tf.Tensor2D[];

/** The anchors' first feature is the same in the whole batch. */
const constantFeature: Edge = (a, b) => {
  const [n, d] = a.shape;
  return [tf.concat([tf.fill([n, 1], 0.5), a.slice([0, 1], [n, d - 1])], 1) as tf.Tensor2D, b];
};

/** All embeddings of a view are the same: collapse. */
const equalRows: Edge = (a, b) =>
  [a, b].map((x) => x.slice([0, 0], [1, x.shape[1]]).tile<tf.Tensor2D>([x.shape[0], 1]));

/** Both views are the same. Two tensors all the same, each with its own gradient. */
const equalViews: Edge = (a) => [a, a.clone()];

export const edges = {
  constant_feature: constantFeature,
  equal_rows: equalRows,
  equal_views: equalViews,
};
