import { deepStrictEqual } from "node:assert/strict";
import { jit, tf, valueAndGradients } from "../../lib/engine/mod.ts";
import { rowsOf } from "../../lib/models/rows.ts";

Deno.test("rowsOf picks rows of each image; a row taken twice gets both gradients", async () => {
  const x = tf.tensor3d([[[1, 2], [3, 4], [5, 6]], [[7, 8], [9, 10], [11, 12]]]);
  const indices = tf.tensor2d([[2, 0], [1, 1]], undefined, "int32");
  const weights = tf.tensor3d([[[1], [10]], [[100], [1000]]]);
  const graded = jit((x: tf.Tensor3D, indices: tf.Tensor2D, weights: tf.Tensor) =>
    valueAndGradients((x) => {
      const picked = rowsOf(x, indices);
      return { value: picked.mul(weights).sum() as tf.Scalar, aux: picked };
    }, x)
  );
  const { aux, gradients } = graded(x, indices, weights);
  deepStrictEqual(await aux.array(), [[[5, 6], [1, 2]], [[9, 10], [9, 10]]]);
  deepStrictEqual(await gradients.array(), [
    [[10, 10], [0, 0], [1, 1]],
    [[0, 0], [1100, 1100], [0, 0]],
  ]);
});

Deno.test("rowsOf: numbers without further axes, and int32", async () => {
  const labels = tf.tensor2d([[4, 5, 6]], undefined, "int32");
  const picked = rowsOf(labels, tf.tensor2d([[2, 2, 0, 1]], undefined, "int32"));
  deepStrictEqual([picked.dtype, await picked.array()], ["int32", [[6, 6, 4, 5]]]);
});
