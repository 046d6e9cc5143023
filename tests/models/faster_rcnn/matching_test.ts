import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { tf } from "../../../lib/engine/mod.ts";
import { match, sample } from "../../../lib/models/faster_rcnn/matching.ts";
import { tensor } from "../../vectors/inputs.ts";
import reference from "../../vectors/faster_rcnn.json" with { type: "json" };

const flags = (rows: number[][]) => tf.tensor2d(rows, undefined, "int32").greater<tf.Tensor2D>(0);

Deno.test("match: objects, background and indices equal torchvision's Matcher", async () => {
  const { anchors, truth, labels, index } = reference.match;
  // Padding, and a second image without objects.
  const boxes = tf.tensor3d([...truth, ...new Array(24).fill(0), ...truth.slice(0, 4)], [2, 6, 4]);
  const padded = tf.tensor2d([[0, 1, 2, 3, 4, -1], new Array(6).fill(-1)], [2, 6], "int32");
  const candidates = tf.tensor3d(anchors, [1, 40, 4]);
  const found = match(candidates, { boxes, labels: padded });
  const positive = found.overlap.greaterEqual(0.7).logicalOr(found.best);
  const background = found.overlap.less(0.3).logicalAnd(positive.logicalNot());
  const objects = positive.cast("int32").mul(2).add(background.cast("int32")).sub(1);
  const [first, second] = await objects.array() as number[][];
  deepStrictEqual(first, labels);
  deepStrictEqual(second, new Array(40).fill(0));
  const [matched] = await found.index.array();
  for (const [i, label] of labels.entries()) if (label === 1) strictEqual(matched[i], index[i]);
});

Deno.test("match: an object that no candidate meets does not claim them all", async () => {
  const candidates = tf.tensor3d([[[0, 0, 4, 4], [8, 8, 12, 12]]]);
  const boxes = tf.tensor3d([[[50, 50, 60, 60]]]),
    labels = tf.zeros([1, 1], "int32") as tf.Tensor2D;
  const { best } = match(candidates, { boxes, labels });
  deepStrictEqual([...await best.data()], [0, 0]);
});

Deno.test("sample: the highest keys of each kind, objects up to their share", async () => {
  const drawn = sample(
    flags([[1, 1, 1, 0, 0, 0], [0, 0, 0, 0, 0, 1], [0, 0, 0, 0, 0, 0]]),
    flags([[0, 0, 0, 1, 1, 1], [1, 1, 1, 1, 0, 0], [0, 1, 0, 0, 0, 0]]),
    tf.tensor2d([
      [0.1, 0.9, 0.5, 0.2, 0.8, 0.3],
      [0.1, 0.9, 0, 0.2, 0.8, 0],
      [0.1, 0.9, 0.5, 0.2, 0.8, 0.3],
    ]),
    { count: 4, share: 0.5 },
  );
  deepStrictEqual(await drawn.array(), [
    [0, 1, 1, 0, 1, 1], // two of three objects, two of three others
    [1, 1, 0, 1, 0, 1], // one object, so three others
    [0, 1, 0, 0, 0, 0], // all that there is
  ]);
});

Deno.test("sample: every candidate has its turn, and the same numbers draw the same", async () => {
  const k = 40, n = 200;
  const positive = tf.range(0, k).less(10).expandDims(0).tile<tf.Tensor2D>([n, 1]);
  const draw = () =>
    sample(positive, positive.logicalNot(), tensor<tf.Tensor2D>("random", [n, k], 0, 1), {
      ...{ count: 20, share: 0.25 },
    });
  const drawn = draw();
  deepStrictEqual(await drawn.sum(1).array(), new Array(n).fill(20));
  const often = await drawn.mean<tf.Tensor1D>(0).array(); // 5 of 10 objects, 15 of 30 others
  strictEqual(often.every((share) => share > 0.35 && share < 0.65), true, `${often}`);
  deepStrictEqual(await drawn.array(), await draw().array());
});
