/** Negatives of an anchor that are of its own class: what semantic pairs make a question of. */
import { tf } from "../engine/mod.ts";

/** Whether labels agree, as 0 or 1: labels [n] against others [m] -> [n, m]. */
export function sameClass(labels: tf.Tensor1D, others: tf.Tensor1D): tf.Tensor2D {
  return tf.equal(labels.expandDims(1), others.expandDims(0)).cast("float32") as tf.Tensor2D;
}

/** The share of the other pairs of a batch that are of a pair's own class, 0 … 1; labels [n]. */
export function sameClassRate(labels: tf.Tensor1D): tf.Scalar {
  const n = labels.shape[0];
  return sameClass(labels, labels).sum().sub(n).div(Math.max(1, n * (n - 1))) as tf.Scalar;
}

/** [n, m] with a one in column (i + shift) mod m of row i. */
export function shiftedIdentity(n: number, m: number, shift = 0): tf.Tensor2D {
  const columns = Int32Array.from({ length: n }, (_, i) => (i + shift) % m);
  return tf.oneHot(tf.tensor1d(columns, "int32"), m, 1, 0, "float32") as tf.Tensor2D;
}
