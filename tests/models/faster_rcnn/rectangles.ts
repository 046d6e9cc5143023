/** Pictures of coloured rectangles on noise, for detectors to learn by heart. */
import { prng } from "../../../lib/base/prng.ts";
import { tf } from "../../../lib/engine/mod.ts";
import { pairwiseIou } from "../../../lib/models/box_geometry.ts";
import type { Found, Truth } from "../../../lib/models/detector.ts";

/** What is in an image. */
export type Objects = { boxes: number[][]; labels: number[] };

/** Pixels a side. */
export const side = 64;

/** The objects of each image, filled up to m. */
export function padded(objects: Objects[], m: number): Truth {
  const fill = <T>(row: T[], filler: T) => [...row, ...new Array(m - row.length).fill(filler)];
  return {
    boxes: tf.tensor3d(objects.map(({ boxes }) => fill(boxes, [0, 0, 0, 0]))),
    labels: tf.tensor2d(objects.map(({ labels }) => fill(labels, -1)), undefined, "int32"),
  };
}

/** Images with one or two rectangles, whose colours, one of three, are their classes. */
export function rectangles(count: number): { images: tf.Tensor4D; objects: Objects[] } {
  const random = prng("rectangles");
  const objects = Array.from({ length: count }, (_, i) => {
    const boxes = Array.from({ length: 1 + i % 2 }, (_, j) => {
      const [width, height] = [14 + random.int(18), 14 + random.int(34)];
      const left = 32 * j + random.int(32 - width), top = random.int(side - height);
      return [left, top, left + width, top + height];
    });
    return { boxes, labels: boxes.map(() => random.int(3)) };
  });
  const pixels = tf.buffer([count, side, side, 3]);
  for (let i = 0; i < pixels.size; i++) {
    const [image, y, x, channel] = pixels.indexToLoc(i);
    const { boxes, labels } = objects[image];
    const object = boxes.findIndex(([l, t, r, b]) => x >= l && x < r && y >= t && y < b);
    const colour = object < 0 ? 0 : labels[object] === channel ? 1.5 : -1;
    pixels.values[i] = colour + 0.3 * random.normal();
  }
  return { images: pixels.toTensor() as tf.Tensor4D, objects };
}

/**
 * How well objects are found, by what is surer than a half: the share that is found with the right
 * class and an IoU of 0.5, the mean IoU of these, and how many are found that do not exist.
 */
export async function quality(objects: Objects[], { boxes, scores, labels }: Found) {
  const overlaps = await pairwiseIou(padded(objects, 2).boxes, boxes).array();
  const [sure, kinds] = [await scores.greater<tf.Tensor2D>(0.5).array(), await labels.array()];
  const hits: number[] = [];
  let wrong = 0;
  for (const [i, object] of objects.entries()) {
    const found = kinds[i].keys().filter((k) => sure[i][k]).toArray();
    const right = (j: number, k: number) =>
      kinds[i][k] === object.labels[j] && overlaps[i][j][k] >= 0.5 ? overlaps[i][j][k] : 0;
    for (const j of object.labels.keys()) hits.push(Math.max(0, ...found.map((k) => right(j, k))));
    wrong += found.filter((k) => !object.labels.some((_, j) => right(j, k))).length;
  }
  const found = hits.filter((overlap) => overlap > 0);
  const overlap = found.reduce((sum, one) => sum + one, 0) / Math.max(1, found.length);
  return { share: found.length / hits.length, overlap, wrong };
}
