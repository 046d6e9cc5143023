import { deepStrictEqual, ok, rejects } from "node:assert/strict";
import sharp from "sharp";
import { Problem } from "../../lib/base/problem.ts";
import { featureMap } from "../../lib/figures/feature_map.ts";
import { toyDataset } from "../pairs/toy_dataset.ts";

/** Image i is grey of level 40 i. */
const data = {
  ...toyDataset([2, 2]),
  image: (i: number) => ({ data: new Uint8Array(3 * 64).fill(40 * i), height: 8, width: 8 }),
};
const gap = 28, top = 34, panel = 640, mark = 28; // as the picture has them
const corners = Float32Array.of(0, 0, 10, 0, 0, 10, 10, 10);
const frames = ["a", "b", "a", "b"];
const all = [0, 1, 2, 3];

async function colourAt(png: Uint8Array, left: number, top: number): Promise<number[]> {
  return [
    ...await sharp(png).extract({ left, top, width: 1, height: 1 }).removeAlpha().raw().toBuffer(),
  ];
}
const grey = (level: number) => [level, level, level];
const blue = [0x4e, 0x79, 0xa7], orange = [0xf2, 0x8e, 0x2b], white = grey(255);

Deno.test("featureMap: each image at its place in each map, framed by its level", async () => {
  const swapped = Float32Array.of(10, 0, 0, 0, 0, 10, 10, 10);
  const maps = [{ title: "one", points: corners }, { title: "two", points: swapped }];
  const png = await featureMap(data, maps, { indices: [3, 1, 0, 2], frames });
  const { width, height } = await sharp(png).metadata();
  deepStrictEqual([width, height], [2 * panel + 3 * gap, top + panel + gap + 28]);
  const far = panel - mark;
  for (const [m, order] of [[3, 1, 0, 2], [1, 3, 0, 2]].entries()) {
    for (const [corner, image] of order.entries()) {
      const x = gap + m * (panel + gap) + corner % 2 * far, y = top + Math.floor(corner / 2) * far;
      deepStrictEqual(await colourAt(png, x + 14, y + 14), grey(40 * image));
      const framed = m === 1 && corner < 2 ? [orange, blue][corner] : [blue, orange][corner % 2];
      deepStrictEqual(await colourAt(png, x + 1, y + 1), framed);
    }
  }
  deepStrictEqual(await colourAt(png, gap + panel / 2, top + panel / 2), white);
  deepStrictEqual(await colourAt(png, gap + 5, top + panel + gap + 5), blue, "legend");
  deepStrictEqual(await colourAt(png, gap + 115, top + panel + gap + 5), orange, "legend");
});

Deno.test("featureMap: both axes have one scale; the shorter is centred, and so is a single place", async () => {
  const line = Float32Array.of(0, 1e-3, 2e-3, 1e-3);
  const flat = await featureMap(data, [{ title: "", points: line }], {
    indices: [1, 2],
    frames: ["a", "b"],
  });
  const middle = top + (panel - mark) / 2 + 14;
  deepStrictEqual(await colourAt(flat, gap + 14, middle), grey(40));
  deepStrictEqual(await colourAt(flat, gap + panel - 14, middle), grey(80));
  const one = await featureMap(data, [{ title: "", points: Float32Array.of(-7, 3) }], {
    indices: [3],
    frames: ["a"],
  });
  deepStrictEqual(await colourAt(one, gap + (panel - mark) / 2 + 14, middle), grey(120));
});

Deno.test("featureMap: the same each time; any names; no legend of many levels; numbers in order", async () => {
  const map = [{ title: "a <b> & \x01 c", points: corners }];
  const hostile = { indices: all, frames: ['<svg "x"', "&amp;", "\x02", "]]>"] };
  const png = await featureMap(data, map, hostile);
  deepStrictEqual(await featureMap(data, map, hostile), png);
  const many = Array.from({ length: 30 }, (_, i) => `level ${i}`);
  const points = Float32Array.from({ length: 60 }, (_, at) => at);
  const drawn = await featureMap(data, [{ title: "", points }], {
    indices: many.map((_, i) => i % 4),
    frames: many,
  });
  deepStrictEqual((await sharp(drawn).metadata()).height, top + panel + gap);
  const numbers = await featureMap(data, map, { indices: all, frames: [3, 1, 2, 3] });
  deepStrictEqual(await colourAt(numbers, gap + panel - mark + 1, top + 1), [0x44, 0x01, 0x54]);
});

Deno.test("featureMap: which image lies on top is alike in all maps, and not always the last", async () => {
  const last: boolean[] = [];
  for (const n of [4, 5, 6, 7]) {
    const indices = Array.from({ length: n }, (_, i) => i % 4);
    const frames = indices.map((_, i) => i < n - 1 ? "first" : "last");
    const points = new Float32Array(2 * n);
    const maps = [{ title: "one", points }, { title: "two", points: points.map(() => 5) }];
    const png = await featureMap(data, maps, { indices, frames });
    const corner = (panel - mark) / 2 + 1;
    const [one, two] = await Promise.all(
      [gap, 2 * gap + panel].map((left) => colourAt(png, left + corner, top + corner)),
    );
    deepStrictEqual(one, two);
    last.push(one.join() === orange.join());
  }
  ok(last.includes(false), "the last of the list is always on top");
});

Deno.test("featureMap: a place that is missing or not finite is a Problem that names it", async () => {
  const problem = (pattern: RegExp) => (error: Error) =>
    error instanceof Problem && pattern.test(error.message);
  const short = [{ title: "semantic", points: corners.subarray(2) }];
  await rejects(
    featureMap(data, short, { indices: all, frames }),
    problem(/"semantic" has 3 places/),
  );
  const lost = [{ title: "semantic", points: corners.with(5, NaN) }];
  await rejects(featureMap(data, lost, { indices: all, frames }), problem(/image 2 at NaN/));
  const map = [{ title: "semantic", points: corners }];
  await rejects(
    featureMap(data, map, { indices: all, frames: ["a"] }),
    problem(/1 values of frames for 4 images/),
  );
  const none = [{ title: "none", points: new Float32Array() }];
  await rejects(featureMap(data, none, { indices: [], frames: [] }), problem(/for 0 images/));
});
