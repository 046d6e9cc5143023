import { deepStrictEqual } from "node:assert/strict";
import sharp from "sharp";
import { prng } from "../../lib/base/prng.ts";
import { plain } from "../../lib/views/policy.ts";
import { viewsSheet } from "../../lib/views/preview.ts";

Deno.test("a sheet shows each image in its row, in its colour", async () => {
  const colours = [[200, 10, 30], [0, 120, 255]];
  const image = (i: number) => ({
    data: Uint8Array.from({ length: 3 * 64 }, (_, k) => colours[i][Math.floor(k / 64)]),
    height: 8,
    width: 8,
  });
  const png = await viewsSheet({ name: "flat", image }, [0, 1], plain(8), prng(1), {
    columns: 3,
    zoom: 2,
  });
  const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
  deepStrictEqual([info.width, info.height, info.channels], [3 * 16, 2 * 16, 3]);
  const pixel = (
    x: number,
    y: number,
  ) => [...data.subarray(3 * (y * 48 + x), 3 * (y * 48 + x) + 3)];
  deepStrictEqual([pixel(0, 15), pixel(47, 16)], colours);
});
