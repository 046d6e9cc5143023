/** Pictures with bright rectangles on dark ground, whose places are known. */
import { type Prng, prng } from "../../lib/base/prng.ts";
import type { Box, Dataset } from "../../lib/datasets/dataset.ts";

/** Red (0) and green (1) rectangles; every fourth picture is empty. */
export function boxedScenes(
  { length = 24, height = 32, width = 32, objects = 2, seed = 1 }: {
    length?: number;
    height?: number;
    width?: number;
    objects?: number;
    seed?: number;
  } = {},
): Dataset & { boxes(i: number): Box[] } {
  const scenes = Array.from({ length }, (_, i) => {
    const random = prng(seed).fork(i);
    const count = i % 4 === 3 ? 0 : objects;
    return Array.from({ length: count }, () => drawBox(random, height, width));
  });
  return {
    name: "boxed scenes",
    classes: ["red", "green"],
    length,
    hash: `boxed scenes ${seed}`,
    label: () => 0,
    image: (i) => ({ data: paint(scenes[i], height, width), height, width }),
    boxes: (i) => scenes[i],
  };
}

function drawBox(random: Prng, height: number, width: number): Box {
  const h = Math.round(height * random.uniform(0.25, 0.5));
  const w = Math.round(width * random.uniform(0.25, 0.5));
  const [x, y] = [random.int(width - w + 1), random.int(height - h + 1)];
  return { x, y, width: w, height: h, label: random.int(2) };
}

function paint(boxes: Box[], height: number, width: number): Uint8Array {
  const data = new Uint8Array(3 * height * width).fill(20);
  for (const { x, y, label, ...box } of boxes) {
    for (let row = y; row < y + box.height; row++) {
      for (let column = x; column < x + box.width; column++) {
        for (const plane of [0, 1]) {
          data[(plane * height + row) * width + column] = plane === label ? 250 : 20;
        }
      }
    }
  }
  return data;
}
