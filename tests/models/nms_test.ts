import { deepStrictEqual } from "node:assert/strict";
import { jit, tf } from "../../lib/engine/mod.ts";
import type { Found } from "../../lib/models/detector.ts";
import { suppress } from "../../lib/models/nms.ts";
import vectors from "../vectors/fcos.json" with { type: "json" };
import { tensor } from "../vectors/inputs.ts";

const every = { limit: 200, overlap: 0.5, least: 0 };

function one(boxes: number[][], scores: number[], labels = scores.map(() => 0)): Found {
  return {
    boxes: tf.tensor3d([boxes]),
    scores: tf.tensor2d([scores]),
    labels: tf.tensor2d([labels], undefined, "int32"),
  };
}

const rows = async ({ boxes, scores, labels }: Found) => {
  const [b, s, l] = await Promise.all([boxes.array(), scores.array(), labels.array()]);
  return s.map((scores, i) => scores.map((score, j) => ({ box: b[i][j], score, label: l[i][j] })));
};

Deno.test("suppress equals torchvision's batched_nms", async () => {
  const compiled = (options: typeof every) => jit((found: Found) => suppress(found, options));
  for (const { n, overlap, kept } of vectors.nms) {
    const corner = tensor<tf.Tensor2D>("nms corner", [n, 2], 0, 0.7 * 32);
    const extent = tensor<tf.Tensor2D>("nms extent", [n, 2], 1, 0.5 * 32);
    const boxes = tf.concat2d([corner, corner.add(extent)], 1);
    const scores = tensor<tf.Tensor1D>("nms scores", [n], 0, 1);
    const labels = Array.from({ length: n }, (_, i) => i % 3);
    const found = {
      boxes: boxes.expandDims<tf.Tensor3D>(0),
      scores: scores.expandDims<tf.Tensor2D>(0),
      labels: tf.tensor2d([labels], [1, n], "int32"),
    };
    const [actual] = await rows(compiled({ ...every, overlap })(found));
    const known = { boxes: await boxes.array(), scores: await scores.array() };
    const expected = kept.map((i) => ({
      box: known.boxes[i],
      score: known.scores[i],
      label: i % 3,
    }));
    deepStrictEqual(actual.slice(0, kept.length), expected, `${n} boxes at ${overlap}`);
    deepStrictEqual(actual.slice(kept.length).filter(({ score }) => score > 0), []);
  }
});

Deno.test("suppress: images do not meet, and neither do classes; least and limit hold", async () => {
  const box = [0, 0, 10, 10], near = [1, 0, 10, 10], far = [50, 50, 60, 60];
  const found = {
    boxes: tf.tensor3d([[box, near, far], [near, box, far]]),
    scores: tf.tensor2d([[0.5, 0.4, 0.3], [0.4, 0.4, 0.1]]),
    labels: tf.tensor2d([[0, 1, 0], [2, 2, 2]], undefined, "int32"),
  };
  const [first, second] = await rows(suppress(found, { limit: 2, overlap: 0.5, least: 0.1 }));
  deepStrictEqual(first.map(({ box, label }) => [box, label]), [[box, 0], [near, 1]]);
  // Of equal scores the first; 0.1 does not exceed 0.1.
  deepStrictEqual(second.map(({ box, label }) => [box, label]), [[near, 2], [[0, 0, 0, 0], 0]]);
});

Deno.test("suppress: negative coordinates, and nothing above the least score", async () => {
  const boxes = [[-30, -30, -10, -10], [-31, -30, -10, -10]];
  const [kept] = await rows(suppress(one(boxes, [0.9, 0.8]), { ...every, limit: 2 }));
  deepStrictEqual(kept.map(({ box }) => box), [boxes[0], [0, 0, 0, 0]]);
  const [none] = await rows(suppress(one(boxes, [0.9, 0.8]), { limit: 3, overlap: 0.5, least: 1 }));
  deepStrictEqual(none, Array(2).fill({ box: [0, 0, 0, 0], score: 0, label: 0 }));
});
