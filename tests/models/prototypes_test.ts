import { deepStrictEqual, ok } from "node:assert/strict";
import { prng } from "../../lib/base/prng.ts";
import { leaves, tf, valueAndGradients } from "../../lib/engine/mod.ts";
import { prototypes, toUnitLength, weightNormalized } from "../../lib/models/prototypes.ts";
import { close, tensor } from "../vectors/inputs.ts";

const mode = { training: true };
const x = () => tensor<tf.Tensor2D>("x", [4, 3]);
const weights = () => tensor<tf.Tensor2D>("w", [3, 5]);

Deno.test("the scores of unit vectors with prototypes of unit length are cosines", async () => {
  const params = toUnitLength({ weight: weights() });
  const features = x().div<tf.Tensor2D>(tf.norm(x(), 2, 1, true));
  const { y } = prototypes(3, 5).apply({ params, stats: {} }, features, mode);
  const [rows, columns] = [await x().array(), await weights().transpose().array() as number[][]];
  const dot = (a: number[], b: number[]) => a.reduce((sum, v, i) => sum + v * b[i], 0);
  const expected = rows.map((a) =>
    columns.map((b) => dot(a, b) / Math.hypot(...a) / Math.hypot(...b))
  );
  close(await y.data(), expected.flat(), 1e-6, "cosines");
});

Deno.test("bringing prototypes to unit length twice is as once", async () => {
  const once = toUnitLength({ weight: weights() });
  const [[, first]] = leaves(once), [[, second]] = leaves(toUnitLength(once));
  close(await second.data(), await first.data(), 1e-6, "weights");
});

Deno.test("a weight-normalised layer depends on the directions of its weights alone", async () => {
  const layer = weightNormalized(3, 5);
  const apply = (weight_v: tf.Tensor) =>
    layer.apply({ params: { weight_v }, stats: {} }, x(), mode).y;
  const longer = weights().mul(tf.tensor1d([0.1, 1, 2, 5, 10]));
  close(await apply(longer).data(), await apply(weights()).data(), 1e-6, "outputs");
  // So a gradient has no part along the weights themselves.
  const { gradients } = valueAndGradients(
    ({ weight_v }) => ({ value: apply(weight_v).square().sum() as tf.Scalar, aux: {} }),
    { weight_v: weights() },
  );
  const along = await gradients.weight_v.mul(weights()).sum(0).data();
  ok(
    Math.max(...along.map(Math.abs)) < 1e-4 && (await gradients.weight_v.abs().sum().data())[0] > 1,
  );
});

Deno.test("prototypes have one weight each, named as in torch, and their number as width", () => {
  for (
    const [head, name] of [[prototypes(3, 5), ".weight"], [
      weightNormalized(3, 5),
      ".weight_v",
    ]] as const
  ) {
    deepStrictEqual(leaves(head.init(prng(1)).params).map(([path, { shape }]) => [path, shape]), [[
      name,
      [3, 5],
    ]]);
    deepStrictEqual(head.features, 5);
  }
});
