import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { prng } from "../../lib/base/prng.ts";
import { leaves, tf } from "../../lib/engine/mod.ts";
import { chain } from "../../lib/models/compose.ts";
import { mlp } from "../../lib/models/heads.ts";
import {
  batchNorm,
  conv,
  gelu,
  groupNorm,
  layerNorm,
  linear,
  maxPool,
} from "../../lib/models/layers.ts";
import { close, tensor } from "../vectors/inputs.ts";

Deno.test("a strided convolution pads both sides, as torch does", async () => {
  const { apply } = conv(1, 1, { kernel: 3, stride: 2 });
  const variables = { params: { weight: tf.ones([3, 3, 1, 1]) }, stats: {} };
  const x = tf.ones([1, 4, 4, 1]);
  const { y } = apply(variables, x, { training: true });
  // TensorFlow's own "same" would start at the corner: 9, 6, 6, 4.
  deepStrictEqual([...await y.data()], [4, 6, 6, 9]);
});

Deno.test("max pooling takes 3x3 windows around every second pixel", async () => {
  const x = tf.tensor4d(Array.from({ length: 16 }, (_, i) => i), [1, 4, 4, 1]);
  const { y } = maxPool.apply(maxPool.init(prng(0)), x, { training: true });
  deepStrictEqual([...await y.data()], [5, 7, 13, 15]);
});

Deno.test("batch norm keeps a tenth of the batch's mean and unbiased variance", async () => {
  const layer = batchNorm(2);
  const x = tf.tensor2d([[1, 10], [2, 10], [3, 10], [6, 10]]);
  const { y, stats } = layer.apply(layer.init(prng(0)), x, { training: true });
  const [mean, variance] = leaves(stats).map(([, leaf]) => leaf);
  close(await mean.data(), [0.3, 1], 1e-6, "running mean");
  close(await variance.data(), [0.9 + 0.1 * 14 / 3, 0.9], 1e-6, "running variance");
  close([(await y.data())[0]], [-2 / Math.sqrt(14 / 4 + 1e-5)], 1e-6, "normalised by the biased");
});

Deno.test("a linear layer starts within 1 / sqrt(inputs), with a bias if asked", async () => {
  const { params } = linear(100, 50, { bias: true }).init(prng(1));
  for (const [path, leaf] of leaves(params)) {
    const largest = Math.max(...(await leaf.data()).map(Math.abs));
    strictEqual(largest > 0.08 && largest <= 0.1, true, `${path} ${largest}`);
  }
  strictEqual(leaves(linear(3, 2, { bias: false }).init(prng(1)).params).length, 1);
});

Deno.test("a linear layer with a bound starts within it, its bias at 0", async () => {
  const { params } = linear(50, 20, { bias: true, bound: 0.5 }).init(prng(1));
  const [[, bias], [, weight]] = leaves(params);
  const largest = Math.max(...(await weight.data()).map(Math.abs));
  strictEqual(largest > 0.49 && largest <= 0.5, true, `${largest}`);
  deepStrictEqual([...await bias.data()], new Array(20).fill(0));
});

Deno.test("a linear layer maps tokens as it maps rows", async () => {
  const layer = linear(4, 3, { bias: true });
  const variables = layer.init(prng(1));
  const x = tensor("x", [2, 5, 4]);
  const { y } = layer.apply(variables, x, { training: true });
  const rows = layer.apply(variables, x.reshape([10, 4]), { training: true }).y;
  deepStrictEqual(y.shape, [2, 5, 3]);
  deepStrictEqual(await y.data(), await rows.data());
});

Deno.test("layer norm normalises each token by itself", async () => {
  const layer = layerNorm(4);
  const params = { weight: tf.tensor1d([1, 2, 1, 1]), bias: tf.tensor1d([0, 0, 5, 0]) };
  const token = [1, 2, 3, 6];
  const x = tf.tensor3d([[token], [token.map((v) => v / 1000)]]); // one so small that epsilon counts
  const { y } = layer.apply({ params, stats: {} }, x, { training: true });
  const expected = [1, 1e-3].flatMap((scale) => {
    const deviation = Math.sqrt(14 / 4 * scale ** 2 + 1e-6); // biased: of 4, not of 3
    return [-2 * scale / deviation, -2 * scale / deviation, 5, 3 * scale / deviation];
  });
  close(await y.data(), expected, 1e-5, "layer norm");
});

Deno.test("group norm normalises each image's groups of channels over all pixels", async () => {
  const layer = groupNorm(2, 4);
  const params = { weight: tf.tensor1d([1, 2, 1, 1]), bias: tf.tensor1d([0, 0, 0, 5]) };
  const image = [[[1, 2, 7, 7]], [[3, 6, 7, 7]]]; // 2 x 1 pixels; the second group is constant
  const x = tf.tensor4d([image, image.map((row) => row.map((c) => c.map((v) => v / 1000)))]);
  const { y } = layer.apply({ params, stats: {} }, x, { training: true });
  const expected = [1, 1e-3].flatMap((scale) => {
    const unit = (v: number) => (v - 3) * scale / Math.sqrt(14 / 4 * scale ** 2 + 1e-5);
    return [unit(1), 2 * unit(2), 0, 5, unit(3), 2 * unit(6), 0, 5];
  });
  close(await y.data(), expected, 1e-5, "group norm");
});

Deno.test("a convolution's bias starts from what is given, and is added", async () => {
  const { init, apply } = conv(2, 3, { kernel: 1, bias: -4, deviation: 0 });
  const variables = init(prng(1));
  deepStrictEqual(leaves(variables.params).map(([path]) => path), [".bias", ".weight"]);
  const { y } = apply(variables, tf.ones([1, 2, 1, 2]), { training: true });
  deepStrictEqual([...await y.data()], new Array(6).fill(-4));
  strictEqual(leaves(conv(2, 3, { kernel: 1 }).init(prng(1)).params).length, 1);
});

Deno.test("gelu is x times the normal distribution function, without tanh", async () => {
  const { y } = gelu.apply({ params: {}, stats: {} }, tf.tensor1d([-3, -1, 0, 1, 3]), {
    training: true,
  });
  // The normal distribution function: 0.00134990, 0.15865525, 0.5, 0.84134475, 0.99865010.
  const expected = [-0.0040496941, -0.158655254, 0, 0.841344746, 2.995950306];
  close(await y.data(), expected, 1e-7, "gelu"); // by tanh, the first would be -0.00363739
});

Deno.test("a chain's layer keeps its initial weights when a neighbour is added", async () => {
  const first = async (layers: Parameters<typeof chain>[0]) => {
    const [, leaf] = leaves(chain(layers).init(prng(1)).params).at(-1)!;
    return [...await leaf.data()];
  };
  const z = linear(2, 2, { bias: false });
  deepStrictEqual(await first({ z }), await first({ a: linear(2, 2, { bias: true }), z }));
});

Deno.test("mlp: torch's names, norms behind all but the last layer", async () => {
  const model = mlp([4, 8, 3]);
  const variables = model.init(prng(1));
  deepStrictEqual(leaves(variables.params).map(([path, { shape }]) => [path, shape]), [
    [".0.weight", [4, 8]],
    [".1.bias", [8]],
    [".1.weight", [8]],
    [".3.bias", [3]],
    [".3.weight", [8, 3]],
  ]);
  const { y } = model.apply(variables, tensor("x", [5, 4]), { training: true });
  deepStrictEqual(y.shape, [5, 3]);
  strictEqual((await y.data()).every(Number.isFinite), true);
});
