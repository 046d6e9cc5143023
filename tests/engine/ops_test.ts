/** tfjs's operations on the native engine against tfjs's own JavaScript kernels. */
import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { tf } from "../../lib/engine/mod.ts";
import { engine } from "../../lib/engine/start.ts";
import { execute, upload } from "../../lib/engine/eager.ts";

const native = tf.getBackend();

/** Runs on the engine and on tfjs's CPU backend; compares values. */
async function agree(run: () => tf.Tensor | tf.Tensor[], tolerance = 1e-5) {
  const on = async (backend: string) => {
    await tf.setBackend(backend);
    try {
      const results = [run()].flat();
      return await Promise.all(
        results.map(async (t) => ({ shape: t.shape, values: await t.data() })),
      );
    } finally {
      await tf.setBackend(native);
    }
  };
  const [ours, reference] = [await on(native), await on("cpu")];
  strictEqual(ours.length, reference.length);
  ours.forEach(({ shape, values }, i) => {
    deepStrictEqual(shape, reference[i].shape);
    values.forEach((value, k) => {
      const expected = reference[i].values[k];
      const scale = Math.max(1, Math.abs(expected));
      ok(Math.abs(value - expected) <= tolerance * scale, `${value} is not ${expected} at ${k}`);
    });
  });
}

const uniform = (shape: number[], seed = 1) =>
  tf.tensor(
    Float32Array.from(
      { length: shape.reduce((a, b) => a * b, 1) },
      (_, i) => Math.sin(12.9898 * (i + 1) * seed),
    ),
    shape,
  );

Deno.test("ops with list inputs: concat, stack, addN, split, einsum", async () => {
  const [a, b] = [() => uniform([2, 3]), () => uniform([2, 3], 2)];
  await agree(() => tf.concat([a(), b()], 1));
  await agree(() => tf.stack([a(), b(), a()]));
  await agree(() => tf.addN([a(), b(), a()]));
  await agree(() => tf.split(uniform([2, 6]), [1, 2, 3], 1));
  await agree(() => tf.einsum("ij,kj->ik", a(), b()));
});

Deno.test("elementwise, reductions, indexing, sorting", async () => {
  const x = () => uniform([3, 4, 5]);
  await agree(
    () => [tf.exp(x()), tf.tanh(x()), tf.erf(x()), tf.floor(x()), tf.clipByValue(x(), 0, .5)],
  );
  await agree(
    () => [tf.sum(x(), [0, 2]), tf.max(x(), 1), tf.mean(x()), tf.argMax(x(), 2), tf.prod(x(), 0)],
  );
  await agree(
    () => [tf.gather(x(), [2, 0], 0), tf.slice(x(), [1, 0, 2], [2, 3, 3]), tf.reverse(x(), 1)],
  );
  await agree(() => tf.where(tf.greater(x(), 0), x(), tf.zerosLike(x())));
  await agree(() => [...Object.values(tf.topk(uniform([4, 9]), 3))]);
  await agree(
    () => [tf.cumsum(x(), 1), tf.oneHot(tf.tensor1d([0, 2], "int32"), 3), tf.tile(x(), [1, 2, 1])],
  );
  await agree(
    () => [tf.transpose(x(), [2, 0, 1]), tf.pad(x(), [[0, 0], [1, 2], [0, 1]]), tf.range(0, 7, 2)],
  );
});

Deno.test("matrix products, convolutions, pooling and their gradients", async () => {
  await agree(() => tf.matMul(uniform([4, 3, 5]), uniform([4, 6, 5], 2), false, true));
  await agree(() =>
    tf.depthwiseConv2d(
      uniform([1, 6, 6, 2]) as tf.Tensor4D,
      uniform([3, 3, 2, 2]) as tf.Tensor4D,
      1,
      "same",
    )
  );
  const gradients = () =>
    tf.grads((x: tf.Tensor, w: tf.Tensor) => {
      const y = tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 2, "same");
      return tf.maxPool(y as tf.Tensor4D, 2, 1, "valid").square().sum();
    })([uniform([2, 8, 8, 3]), uniform([3, 3, 3, 4], 2)]);
  await agree(gradients, 1e-4);
  await agree(() => tf.image.resizeBilinear(uniform([1, 5, 5, 3]) as tf.Tensor4D, [7, 9]));
});

Deno.test("ints, booleans, strings and complex numbers", async () => {
  const ints = tf.tensor1d([1, -2, 3], "int32");
  deepStrictEqual(Array.from(await ints.mul(ints).data()), [1, 4, 9]);
  deepStrictEqual(Array.from(await tf.logicalNot(tf.tensor1d([true, false])).data()), [0, 1]);
  const words = tf.tensor1d(["größer", "", "x".repeat(100)]);
  deepStrictEqual(await tf.concat([words, words]).data() as unknown, [
    ...["größer", "", "x".repeat(100)],
    ...["größer", "", "x".repeat(100)],
  ]);
  if (engine.name === "webgpu") return; // its fft of a vector returns another shape
  const wave = tf.complex(uniform([4]), uniform([4], 2));
  await agree(
    () => [tf.real(tf.spectral.ifft(tf.spectral.fft(tf.complex(uniform([4]), uniform([4], 2)))))],
  );
  strictEqual(wave.dtype, "complex64");
});

Deno.test({
  name: "an unknown attribute, operation or number of inputs is an error, not a crash",
  ignore: engine.name !== "tensorflow",
  fn: () => {
    if (engine.name !== "tensorflow") return;
    const { native } = engine;
    const id = upload(native, [2], 1, [1, 2]);
    throws(
      () => execute(native, "Relu", [{ name: "colour", type: 1, value: 1 }], [id], 1),
      /no attribute colour/,
    );
    throws(() => execute(native, "NoSuchOp", [], [id], 1), /NoSuchOp/);
    throws(() => execute(native, "Relu", [], [id, id], 1), /Relu takes 1 inputs, not 2/);
    throws(() => execute(native, "Relu", [], [-1], 1), /no longer exists/);
    throws(() => upload(native, [3], 1, [1, 2]), /8 bytes given for \[3\] float32/);
    throws(() => upload(native, [1], 7, ["a", "b"]), /2 strings given for \[1\] string/);
  },
});
