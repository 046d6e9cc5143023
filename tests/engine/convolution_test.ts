import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { after } from "../../lib/engine/compiling.ts";
import { convolution, jit, tf } from "../../lib/engine/mod.ts";
import { operationTimes } from "../../lib/engine/profile.ts";
import { engine } from "../../lib/engine/start.ts";
import {
  winogradInputGradient,
  winogradKernelGradient,
  winogradOutputs,
} from "../../lib/engine/winograd.ts";

const ignore = engine.name !== "tensorflow";

type Shape = [number, number, number, number];

/** Images, a kernel and a gradient of the outputs. */
function drawn([n, height, width, inputs]: Shape, outputs: number) {
  const normal = (shape: Shape, seed: number) =>
    tf.randomNormal<tf.Rank.R4>(shape, 0, 1, "float32", seed);
  return {
    x: normal([n, height, width, inputs], 1),
    kernel: normal([3, 3, inputs, outputs], 2),
    dy: normal([n, height, width, outputs], 3),
  };
}

const direct = (x: tf.Tensor, kernel: tf.Tensor) =>
  tf.conv2d(x as tf.Tensor4D, kernel as tf.Tensor4D, 1, "same");

/** The deviation of one from the other, as a share of the other's own. */
async function difference(found: tf.Tensor, expected: tf.Tensor): Promise<number> {
  const deviation = (x: tf.Tensor) => x.square().mean().sqrt().data();
  const [[wrong], [size]] = await Promise.all([
    deviation(found.sub(expected)),
    deviation(expected),
  ]);
  return wrong / size;
}

const cases: { name: string; images: Shape; outputs: number }[] = [
  { name: "one tile", images: [1, 4, 4, 3], outputs: 2 },
  { name: "a height and a width of their own", images: [6, 8, 12, 5], outputs: 7 },
  { name: "sides that are no multiples of four", images: [4, 14, 7, 6], outputs: 8 },
  { name: "several chunks", images: [36, 32, 32, 16], outputs: 24 },
  { name: "a prime number of images", images: [7, 9, 16, 32], outputs: 32 },
];

for (const { name, images, outputs } of cases) {
  Deno.test({
    name: `Winograd's convolution and its gradients are the direct ones: ${name}`,
    ignore,
    async fn() {
      const { x, kernel, dy } = drawn(images, outputs);
      const y = jit(winogradOutputs)(x, kernel);
      ok(await difference(y, direct(x, kernel)) < 2e-5);
      const [dx, dw] = tf.grads(direct)([x, kernel], dy);
      ok(await difference(jit(winogradInputGradient)(dy, kernel), dx) < 2e-5);
      ok(await difference(jit(winogradKernelGradient)(x, dy), dw) < 2e-5);
    },
  });
}

const convolve = (x: tf.Tensor, kernel: tf.Tensor) =>
  convolution(x as tf.Tensor4D, kernel as tf.Tensor4D);

/** A convolution and both of its gradients. */
const all = (x: tf.Tensor, kernel: tf.Tensor, dy: tf.Tensor) => [
  convolve(x, kernel),
  ...tf.grads(convolve)([x, kernel], dy),
];

/** What they consist of where they are compiled. */
function operationsOf(shape: Shape, outputs: number, precision: "fp32" | "bf16"): string[] {
  const { x, kernel, dy } = drawn(shape, outputs);
  const operations = operationTimes(all, [x, kernel, dy], { precision, rounds: 1 });
  return operations.map(({ name }) => name);
}

Deno.test({
  name: "sizes and precision decide how a 3x3 convolution is computed",
  ignore,
  fn() {
    const expected: [Shape, number, "fp32" | "bf16", Record<string, number>][] = [
      [[8, 16, 16, 128], 128, "fp32", { MapDefun: 0, Conv2DBackpropFilter: 1 }],
      [[64, 16, 16, 128], 128, "fp32", { MapDefun: 3, Conv2DBackpropFilter: 0 }],
      [[64, 32, 32, 64], 64, "fp32", { MapDefun: 2, Conv2DBackpropFilter: 1 }],
      [[128, 8, 8, 256], 256, "bf16", { MapDefun: 1, Conv2DBackpropInput: 1 }],
      [[64, 16, 16, 128], 128, "bf16", { MapDefun: 0, Conv2DBackpropFilter: 1 }],
    ];
    for (const [images, outputs, precision, counts] of expected) {
      const names = operationsOf(images, outputs, precision);
      for (const [name, count] of Object.entries(counts)) {
        strictEqual(names.filter((found) => found === name).length, count);
      }
    }
  },
});

Deno.test({
  name: "a large compiled convolution has the direct one's values and gradients",
  ignore,
  async fn() {
    const { x, kernel, dy } = drawn([64, 16, 16, 128], 128);
    const both = jit(all);
    const expected = [direct(x, kernel), ...tf.grads(direct)([x, kernel], dy)];
    const found = both(x, kernel, dy);
    for (const [i, tensor] of found.entries()) ok(await difference(tensor, expected[i]) < 2e-5);
    const again = both(x, kernel, dy);
    for (const [i, tensor] of again.entries()) strictEqual(await difference(tensor, found[i]), 0);
  },
});

for (const [size, stride] of [[1, 1], [1, 2], [3, 2], [7, 2]] as const) {
  Deno.test({
    name: `a compiled convolution of ${size}x${size}, stride ${stride}, is the uncompiled one`,
    ignore,
    async fn() {
      const x = tf.randomNormal<tf.Rank.R4>([3, 9, 12, 5], 0, 1, "float32", 1);
      const kernel = tf.randomNormal<tf.Rank.R4>([size, size, 5, 4], 0, 1, "float32", 2);
      const convolve = (x: tf.Tensor, kernel: tf.Tensor) =>
        convolution(x as tf.Tensor4D, kernel as tf.Tensor4D, stride);
      const all = (x: tf.Tensor, kernel: tf.Tensor) => {
        const y = convolve(x, kernel);
        return [y, ...tf.grads(convolve)([x, kernel], y)];
      };
      const found = jit(all)(x, kernel), expected = all(x, kernel);
      deepStrictEqual(found[0].shape, [3, Math.ceil(9 / stride), 12 / stride, 4]);
      for (const [i, tensor] of found.entries()) ok(await difference(tensor, expected[i]) < 1e-6);
    },
  });
}

Deno.test({
  name: "what comes after something else keeps its value, and the wait its place",
  ignore,
  async fn() {
    const late = (x: tf.Tensor, other: tf.Tensor) => after(x, other.exp()).add(1);
    const args = [tf.tensor1d([1, 2]), tf.scalar(3)] as const;
    deepStrictEqual(await jit(late)(...args).array(), [2, 3]);
    deepStrictEqual(await late(...args).array(), [2, 3]);
    const names = operationTimes(late, [...args], { rounds: 1 }).map(({ name }) => name);
    deepStrictEqual(names.filter((name) => name !== "Const"), ["Exp", "Identity", "Add"]);
  },
});
