import { deepStrictEqual } from "node:assert/strict";
import { tf } from "../../../lib/engine/mod.ts";
import { propose } from "../../../lib/models/faster_rcnn/region_proposals.ts";
import { close } from "../../vectors/inputs.ts";

const image = { height: 20, width: 30 };
// The second is within the first, the last is beyond the image.
const anchors = tf.tensor2d([[0, 0, 10, 10], [0, 0, 10, 9], [15, 5, 40, 15], [40, 2, 50, 9]]);
const objectness = tf.tensor2d([[0.5, 2, -1, 9], [0.5, -2, -1, 9]]);

Deno.test("propose: the likeliest first, cut off at the edges, without overlap", async () => {
  const proposed = { objectness, codes: tf.zeros([2, 4, 4]) as tf.Tensor3D };
  const { boxes, real } = propose(proposed, anchors, { image, before: 4, after: 3 });
  const [first, second] = await boxes.array();
  close(first.flat(), [[0, 0, 10, 9], [15, 5, 30, 15], [0, 0, 0, 0]].flat(), 1e-6, "first image");
  close(second.flat(), [[0, 0, 10, 10], [15, 5, 30, 15], [0, 0, 0, 0]].flat(), 1e-6, "second");
  deepStrictEqual(await real.array(), [[1, 1, 0], [1, 1, 0]]);
});

Deno.test("propose: limits before and after suppression; there may be fewer", async () => {
  const proposed = { objectness, codes: tf.zeros([2, 4, 4]) as tf.Tensor3D };
  const boxesOf = async (before: number, after: number) => {
    const { boxes, real } = propose(proposed, anchors, { image, before, after });
    return { shape: boxes.shape, real: await real.sum(1).array() };
  };
  // The likeliest of all lies beyond the image, and counts before that is found out.
  deepStrictEqual(await boxesOf(2, 50), { shape: [2, 2, 4], real: [1, 1] });
  deepStrictEqual(await boxesOf(4, 1), { shape: [2, 1, 4], real: [1, 1] });
  deepStrictEqual(await boxesOf(1000, 50), { shape: [2, 4, 4], real: [2, 2] });
});

Deno.test("propose: codes move the boxes, and no gradient flows back through them", async () => {
  const codes = tf.tensor3d([[[0, 0, 0, 0], [0, 0, 0, 0], [-0.2, 0.5, Math.log(0.4), 0], [
    0,
    0,
    0,
    0,
  ]]]);
  const boxesOf = (codes: tf.Tensor) => {
    const proposed = { objectness: tf.tensor2d([[0, 0, 9, 0]]), codes: codes as tf.Tensor3D };
    return propose(proposed, anchors, { image, before: 1, after: 1 }).boxes;
  };
  close(await boxesOf(codes).data(), [17.5, 10, 27.5, 20], 1e-6, "the box");
  const slope = tf.grad((codes: tf.Tensor) => boxesOf(codes).sum().add(codes.sum()))(codes);
  close(await slope.data(), new Array(16).fill(1), 1e-6, "slope of the other summand alone");
});
