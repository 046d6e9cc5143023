import { strictEqual } from "node:assert/strict";
import { jit, tf } from "../../../lib/engine/mod.ts";
import { roiAlign } from "../../../lib/models/faster_rcnn/roi_align.ts";
import { close, tensor } from "../../vectors/inputs.ts";
import reference from "../../vectors/faster_rcnn.json" with { type: "json" };

Deno.test("roiAlign: values and gradients equal torchvision's, beyond the image too", async () => {
  for (const { shape, stride, size, boxes, regions, gradient } of reference.roiAlign) {
    const map = tensor<tf.Tensor4D>("map", shape), [n, , , channels] = shape;
    const count = boxes.length / 4;
    const all = tf.tensor3d(boxes, [1, count, 4]).tile<tf.Tensor3D>([n, 1, 1]);
    const direction = tensor("direction", [n * count, size, size, channels]);
    const align = (map: tf.Tensor4D) => roiAlign(map, all, { size, stride });
    close(await align(map).data(), regions, 1e-5, "regions");
    const along = tf.grad((map: tf.Tensor) => align(map as tf.Tensor4D).mul(direction).sum());
    close(await along(map).data(), gradient, 1e-5, "gradient");
  }
});

Deno.test("roiAlign: the traced function gives what the plain one gives", async () => {
  const map = tensor<tf.Tensor4D>("map", [2, 6, 8, 3]);
  const boxes = tf.tensor3d([[[0, 0, 30, 20]], [[5, 9, 11, 10]]]);
  const align = (map: tf.Tensor4D, boxes: tf.Tensor3D) =>
    roiAlign(map, boxes, { size: 2, stride: 4 });
  close(await jit(align)(map, boxes).data(), await align(map, boxes).data(), 1e-6, "regions");
});

Deno.test("roiAlign: a constant map stays constant, and an empty box is finite", async () => {
  const boxes = tf.tensor3d([[[0, 0, 32, 32], [0, 0, 0, 0], [7, 7, 7, 30], [31, 31, 32, 32]]]);
  const regions = roiAlign(tf.fill([1, 8, 8, 1], 3), boxes, { size: 3, stride: 4 });
  strictEqual(regions.shape.join(), "4,3,3,1");
  close(await regions.data(), new Array(36).fill(3), 1e-6, "regions");
});
