import { deepStrictEqual, ok } from "node:assert/strict";
import { jit, tf, valueAndGradients } from "../../lib/engine/mod.ts";
import { area, clip, giouLoss, pairwiseIou } from "../../lib/models/box_geometry.ts";
import vectors from "../vectors/fcos.json" with { type: "json" };
import { close, tensor } from "../vectors/inputs.ts";

const { iou, giou, gradient } = vectors.geometry;

/** Boxes that fcos.py makes alike. */
function boxes(name: string, n: number, side = 32): tf.Tensor2D {
  const corner = tensor<tf.Tensor2D>(`${name} corner`, [n, 2], 0, 0.7 * side);
  return tf.concat([corner, corner.add(tensor(`${name} extent`, [n, 2], 1, 0.5 * side))], 1);
}

Deno.test("pairwiseIou equals torchvision's box_iou, image by image", async () => {
  const one = boxes("a", 24).expandDims<tf.Tensor3D>(0);
  const other = boxes("b", 24).expandDims<tf.Tensor3D>(0);
  const both = pairwiseIou(tf.concat([one, other]), tf.concat([other, one])); // [2, 24, 24]
  const [first, second] = tf.unstack(both);
  close(await first.data(), iou, 1e-5, "iou");
  close(await second.transpose().data(), iou, 1e-5, "iou the other way");
});

Deno.test("pairwiseIou of boxes without area is 0, not NaN", async () => {
  const none = tf.tensor3d([[[3, 3, 3, 3], [0, 0, 0, 5], [0, 0, 4, 4]]]);
  deepStrictEqual([...await pairwiseIou(none, none).data()], [0, 0, 0, 0, 0, 0, 0, 0, 1]);
});

Deno.test("giouLoss equals torchvision's value and gradient, compiled", async () => {
  const graded = jit((a: tf.Tensor, b: tf.Tensor) =>
    valueAndGradients((a) => {
      const loss = giouLoss(a, b);
      return { value: loss.sum() as tf.Scalar, aux: loss };
    }, a)
  );
  const { aux, gradients } = graded(boxes("a", 24), boxes("b", 24));
  close(await aux.data(), giou, 1e-5, "loss");
  close(await gradients.data(), gradient, 1e-4, "gradient");
});

Deno.test("giouLoss: equal boxes 0, boxes far apart nearly 2, none NaN", async () => {
  const a = tf.tensor2d([[0, 0, 4, 4], [0, 0, 1, 1], [2, 2, 2, 2], [2, 2, 2, 2]]);
  const b = tf.tensor2d([[0, 0, 4, 4], [999, 999, 1000, 1000], [2, 2, 2, 2], [0, 0, 4, 4]]);
  const [equal, apart, empty, point] = await giouLoss(a, b).data();
  ok(Math.abs(equal) < 1e-6 && apart > 1.99 && Number.isFinite(empty) && point >= 1);
});

Deno.test("area and clip", async () => {
  const boxes = tf.tensor2d([[1, 2, 4, 7], [5, 5, 3, 9]]);
  deepStrictEqual([...await area(boxes).data()], [15, 0]);
  const wide = tf.tensor2d([[-3, -1, 50, 20], [2, 2, 3, 3], [40, 12, 45, 13]]);
  const kept = [0, 0, 30, 10, 2, 2, 3, 3, 30, 10, 30, 10];
  deepStrictEqual([...await clip(wide, { height: 10, width: 30 }).data()], kept);
});
