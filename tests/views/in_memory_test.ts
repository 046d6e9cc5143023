import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import sharp from "sharp";
import { liveTensors } from "../../lib/engine/mod.ts";
import { inMemory } from "../../lib/views/in_memory.ts";
import { toyDataset } from "../pairs/toy_dataset.ts";
import { jpegOf, streamOf } from "./jpeg_set.ts";

Deno.test("inMemory: a streamed set becomes one of squares, with the pixels that views see", async () => {
  const files = await Promise.all(
    [[20, 16], [16, 24], [16, 16]].map(async ([height, width], i) => (
      { jpeg: await jpegOf(i, height, width), height, width }
    )),
  );
  const streamed = { ...toyDataset([2, 1]), ...streamOf(files) };
  const before = liveTensors();
  const squares = await inMemory(streamed, 16);
  deepStrictEqual(liveTensors(), before);
  strictEqual(squares.stream, undefined);
  ok(squares.hash !== streamed.hash && squares.label(2) === streamed.label(2));
  for (const i of [0, 1, 2]) {
    const { data, height, width } = squares.image(i);
    deepStrictEqual([data.length, height, width], [3 * 16 * 16, 16, 16]);
  }
  const pixels = await sharp(files[2].jpeg).raw().toBuffer(); // interleaved
  const { data } = squares.image(2);
  const apart = Array.from(
    pixels,
    (v, at) => Math.abs(v - data[at % 3 * 256 + Math.floor(at / 3)]),
  );
  ok(Math.max(...apart) <= 2, `${Math.max(...apart)} of 255 apart`);
});
