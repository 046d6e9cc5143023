import { deepStrictEqual } from "node:assert/strict";
import { jit, maxPool3x3, tf } from "../../lib/engine/mod.ts";
import { engine } from "../../lib/engine/start.ts";

const expected = (x: tf.Tensor) =>
  tf.maxPool(tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]]) as tf.Tensor4D, 3, 2, "valid");

for (const [name, height, width] of [["even", 12, 8], ["odd", 9, 8]] as const) {
  for (const precision of ["fp32", "bf16"] as const) {
    Deno.test({
      name:
        `compiled max pooling is TensorFlow's, ties and gradient included: ${name}, ${precision}`,
      ignore: engine.name !== "tensorflow",
      async fn() {
        // Few different values, so that windows have several largest ones; half of them are zeros.
        const x = tf.randomNormal([2, height, width, 3], 0, 1.5, "float32", 1).round().relu();
        const dy = tf.randomNormal(expected(x).shape, 0, 8, "float32", 2).round();
        const all = (pool: (x: tf.Tensor) => tf.Tensor) => (x: tf.Tensor, dy: tf.Tensor) => [
          pool(x),
          tf.grad(pool)(x, dy),
        ];
        const found = jit(all((x) => maxPool3x3(x as tf.Tensor4D)), { precision })(x, dy);
        const plain = all(expected)(x, dy);
        for (const [i, tensor] of found.entries()) {
          deepStrictEqual(await tensor.array(), await plain[i].array());
        }
      },
    });
  }
}
