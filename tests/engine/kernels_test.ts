import { ok } from "node:assert/strict";
import {
  batchNorm,
  batchNormTraining,
  jit,
  relu,
  softmaxCrossEntropy,
  tensors,
  tf,
  type Tree,
  valueAndGradients,
  withoutFusedKernels,
} from "../../lib/engine/mod.ts";

const random = (shape: number[], seed: number) => tf.randomNormal(shape, 0, 1, "float32", seed);

/** Largest difference between the tensors of two trees. */
async function difference(a: Tree, b: Tree): Promise<number> {
  const [left, right] = [tensors(a), tensors(b)];
  const each = await Promise.all(left.map(async (t, i) => {
    const [u, v] = [await t.data(), await right[i].data()];
    return Math.max(...Array.from(u, (value, k) => Math.abs(value - v[k])));
  }));
  return Math.max(...each);
}

/** Checks value and gradients: fused against tfjs's own chain, eager and traced. */
async function sameAsChain(fn: (...inputs: tf.Tensor[]) => Tree, inputs: tf.Tensor[]) {
  const loss = (inputs: tf.Tensor[]) => {
    const aux = fn(...inputs);
    // A weighted sum of all outputs has every gradient in play.
    const parts = tensors(aux).map((t) => t.mul(random(t.shape, 9)).sum());
    return { value: parts[0] as tf.Scalar, aux };
  };
  const all = () => valueAndGradients(loss, inputs);
  const chain = tf.tidy(() => withoutFusedKernels(all) as unknown as tf.TensorContainer);
  const fused = tf.tidy(() => all() as unknown as tf.TensorContainer);
  const traced = jit((...inputs: tf.Tensor[]) => valueAndGradients(loss, inputs))(...inputs);
  const [eager, compiled] = [
    await difference(chain as unknown as Tree, fused as unknown as Tree),
    await difference(chain as unknown as Tree, traced),
  ];
  ok(eager < 2e-4, `eager: ${eager}`);
  ok(compiled < 2e-4, `traced: ${compiled}`);
}

Deno.test("batchNormTraining: images and vectors, value, gradients and statistics", async () => {
  const [scale, offset] = [random([5], 1), random([5], 2)] as tf.Tensor1D[];
  for (const shape of [[4, 6, 6, 5], [16, 5]]) {
    await sameAsChain(
      (x, scale, offset) => {
        const { y, mean, variance } = batchNormTraining(
          x,
          scale as tf.Tensor1D,
          offset as tf.Tensor1D,
        );
        return [y, mean, variance];
      },
      [random(shape, 3), scale, offset],
    );
  }
});

Deno.test("batchNorm: the formula with given statistics", async () => {
  const [x, scale, offset, mean] = [[3, 4, 4, 5], [5], [5], [5]].map(random) as [
    tf.Tensor4D,
    ...tf.Tensor1D[],
  ];
  const variance = random([5], 7).abs().add(0.1) as tf.Tensor1D;
  const expected = withoutFusedKernels(() => batchNorm(x, scale, offset, mean, variance));
  ok(await difference(batchNorm(x, scale, offset, mean, variance), expected) < 1e-5);
});

Deno.test("relu: value and gradient", () => sameAsChain(relu, [random([3, 7], 1)]));

Deno.test("softmaxCrossEntropy: value and gradient to the logits", async () => {
  const targets = tf.oneHot(tf.tensor1d([0, 2, 1], "int32"), 4) as tf.Tensor2D;
  const values = Array.from(await targets.data());
  await sameAsChain(
    (logits) => softmaxCrossEntropy(logits as tf.Tensor2D, tf.tensor2d(values, [3, 4])),
    [random([3, 4], 5)],
  );
});
