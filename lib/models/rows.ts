/** Picking rows inside a compiled function, where `tf.gather` would read the indices. */
import { tf } from "../engine/mod.ts";

/**
 * Some of the rows of each image. Gradients flow to x; to a row that is taken twice, the sum.
 *
 * @param x [n, k, ...]
 * @param indices [n, j], int32, 0 … k - 1
 * @returns [n, j, ...]
 */
export function rowsOf<T extends tf.Tensor>(x: T, indices: tf.Tensor2D): T {
  const [n, k, ...rest] = x.shape, j = indices.shape[1];
  const starts = tf.range(0, n, 1, "int32").mul(tf.scalar(k, "int32")).expandDims(1);
  const rows = indices.add(starts).reshape([n * j]) as tf.Tensor1D;
  const pick = tf.customGrad((...args) => {
    const [flat, rows, save] = args as [tf.Tensor, tf.Tensor1D, tf.GradSaveFunc];
    save([rows]);
    return {
      value: tf.gatherND(flat, rows.expandDims(1)),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => [
        tf.unsortedSegmentSum(dy, saved[0] as tf.Tensor1D, n * k),
        tf.zerosLike(saved[0]),
      ],
    };
  });
  return pick(x.reshape([n * k, ...rest]), rows).reshape([n, j, ...rest]) as T;
}
