import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { tf } from "../../../lib/engine/mod.ts";
import {
  drawRegions,
  findObjects,
  regionLosses,
} from "../../../lib/models/faster_rcnn/region_classes.ts";
import { close, tensor } from "../../vectors/inputs.ts";
import { padded } from "./rectangles.ts";

/** Proposals of one image; the last is padding. */
const proposals = {
  boxes: tf.tensor3d([[[0, 0, 10, 10], [1, 0, 10, 10], [20, 20, 40, 40], [0, 0, 0, 0]]]),
  real: tf.tensor2d([[1, 1, 1, 0]]).greater<tf.Tensor2D>(0),
};
const image = { height: 50, width: 50 };

Deno.test("drawRegions: objects are regions, too; padding does not count", () => {
  const truth = padded([{ boxes: [[0, 0, 10, 9]], labels: [2] }], 2);
  const random = tensor<tf.Tensor2D>("random", [1, 6], 0, 1);
  const drawn = drawRegions(proposals, truth, { classes: 3, regions: 8, random });
  strictEqual(drawn.boxes.shape[1], 6, "no more than there are");
  const [boxes, labels, real] = [drawn.boxes, drawn.labels, drawn.real].map((x) => x.arraySync());
  const found = (real as number[][])[0].keys().filter((i) => (real as number[][])[0][i] === 1)
    .map((i) => [...(boxes as number[][][])[0][i], (labels as number[][])[0][i]]).toArray();
  // A quarter of 8 are objects: two of three; then there is one of the background.
  deepStrictEqual(found.map((row) => row[4]).sort(), [2, 2, 3]);
  ok(found.every(([, , right]) => right > 0), "no padding");
  deepStrictEqual(found.filter((row) => row[4] === 3), [[20, 20, 40, 40, 3]]);
  for (const i of [0, 1]) close(drawn.objects.arraySync()[0][i], [0, 0, 10, 9], 1e-6, "its object");
});

Deno.test("regionLosses: padding changes nothing", async () => {
  const classes = tensor<tf.Tensor3D>("classes", [1, 4, 4]);
  const codes = tensor<tf.Tensor4D>("codes", [1, 4, 3, 4]);
  const losses = async (count: number) => {
    const part = <T extends tf.Tensor>(x: T) => tf.slice(x, [0, 0], [1, count]) as T;
    const all = regionLosses({ classes: part(classes), codes: part(codes) }, {
      boxes: part(proposals.boxes),
      labels: part(tf.tensor2d([[2, 0, 3, 1]], [1, 4], "int32")),
      objects: part(tf.tensor3d([[[0, 0, 9, 9], [0, 0, 9, 9], [0, 0, 9, 9], [0, 0, 9, 9]]])),
      real: part(tf.tensor2d([[1, 1, 1, 0]])),
    }, 0);
    return [await all.classes.data(), await all.boxes.data()].map(([value]) => value);
  };
  close(await losses(4), await losses(3), 1e-6, "losses");
});

Deno.test("findObjects: the likeliest of those that overlap; nothing of padding", async () => {
  const sure = (label: number, logit: number) => [0, 1, 2, 3].map((c) => c === label ? logit : 0);
  const classes = tf.tensor3d([[sure(0, 6), sure(0, 8), sure(1, 7), sure(2, 20)]]);
  const found = findObjects({ classes, codes: tf.zeros([1, 4, 3, 4]) }, proposals, image);
  strictEqual(found.scores.shape[1], 12, "there are no more to choose from");
  const scores = await found.scores.array();
  deepStrictEqual(scores[0].map((score) => score > 0.9).slice(0, 3), [true, true, false]);
  strictEqual(scores[0][2], 0, "the first overlaps the second, the last is padding");
  deepStrictEqual((await found.labels.array())[0].slice(0, 2), [0, 1]);
  const boxes = await found.boxes.array();
  close(boxes[0].slice(0, 2).flat(), [1, 0, 10, 10, 20, 20, 40, 40], 1e-6, "boxes");
});
