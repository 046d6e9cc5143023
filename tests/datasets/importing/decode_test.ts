import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import sharp, { type Sharp } from "sharp";
import {
  decodeSquare,
  inspect,
  plainJpeg,
  planarThumbnail,
  planarToJpeg,
  resizeSquare,
  rowMajor,
} from "../../../lib/datasets/importing/decode.ts";

const red = { r: 255, g: 0, b: 0 }, blue = { r: 0, g: 0, b: 255 };
const plain = (width: number, height = width, background: object = red) =>
  sharp({ create: { width, height, channels: 3, background } });

/** Red with a blue right third: its orientation shows. */
async function flag(width: number, height: number): Promise<Sharp> {
  const input = await plain(width / 3, height, blue).png().toBuffer();
  return plain(width, height).composite([{ input, gravity: "east" }]);
}

const noise = await sharp({
  create: { width: 40, height: 30, channels: 3, noise: { type: "gaussian", mean: 128, sigma: 40 } },
} as never).jpeg().toBuffer();

Deno.test("inspect: a JPEG is plain, with its extent and no oddities", async () => {
  const { height, width, plainJpeg, oddities, thumbnail } = await inspect(noise, "a.jpg");
  deepStrictEqual({ height, width, plainJpeg, oddities }, {
    height: 30,
    width: 40,
    plainJpeg: true,
    oddities: [],
  });
  strictEqual(thumbnail.length, 32 * 32);
});

Deno.test("inspect: what is odd is named, and the engine's decoder is kept from it", async () => {
  const gif = await sharp(await plain(8).gif().toBuffer()).toBuffer();
  const frames = await sharp([gif, await plain(8, 8, blue).gif().toBuffer()], {
    join: { animated: true },
  }).gif().toBuffer();
  const clear = sharp({ create: { width: 8, height: 8, channels: 4, background: "#ff000080" } });
  const cases: [string, Uint8Array, string[]][] = [
    ["a.jpg", await plain(8).png().toBuffer(), ["png named .jpg"]],
    ["a.JPEG", await plain(8).toColourspace("cmyk").jpeg().toBuffer(), ["CMYK"]],
    ["a.png", await plain(8).toColourspace("rgb16").png().toBuffer(), [
      "more than 8 bits a channel",
    ]],
    ["a.gif", frames, ["animated: first frame taken", "with transparency: laid on white"]],
    ["a.png", await clear.png().toBuffer(), ["with transparency: laid on white"]],
    ["a.jpg", await plain(8).withMetadata({ orientation: 6 }).jpeg().toBuffer(), [
      "turned upright (EXIF)",
    ]],
  ];
  for (const [name, bytes, expected] of cases) {
    const { oddities, plainJpeg } = await inspect(bytes, name);
    deepStrictEqual(oddities, expected, name);
    strictEqual(plainJpeg, false, name);
  }
  deepStrictEqual((await inspect(await plain(8).png().toBuffer(), "no-ending")).oddities, []);
});

Deno.test("an image is turned upright, unless it is wanted as it is stored", async () => {
  const turned = await (await flag(30, 12)).withMetadata({ orientation: 6 }).jpeg().toBuffer();
  const upright = await inspect(turned, "a.jpg");
  deepStrictEqual([upright.width, upright.height], [12, 30]);
  const stored = await inspect(turned, "a.jpg", { asStored: true });
  deepStrictEqual([stored.width, stored.height, stored.plainJpeg], [30, 12, true]);
  // Orientation 6: the stored right side is the bottom. The central square of 12 holds neither end.
  const again = await inspect(await plainJpeg(turned), "a.jpg");
  deepStrictEqual([again.width, again.height, again.oddities], [12, 30, []]);
});

Deno.test("a broken image says why in a few words", async () => {
  const broken: [Uint8Array, RegExp][] = [
    [noise.subarray(0, noise.length - 200), /^truncated$/],
    [noise.subarray(0, 100), /^truncated$/],
    [new Uint8Array(), /^the file is empty$/],
    [new TextEncoder().encode("a text, by whatever name"), /^no image$/],
    [new TextEncoder().encode("GIF89a"), /^damaged$/],
  ];
  for (const [bytes, message] of broken) {
    await rejects(inspect(bytes, "a.jpg"), { message });
    await rejects(decodeSquare(bytes, 8));
  }
});

Deno.test("an image of more pixels than any photograph is refused before it is decoded", async () => {
  const wide = `<svg xmlns="http://www.w3.org/2000/svg" width="20000" height="20000"/>`;
  await rejects(inspect(new TextEncoder().encode(wide), "a.svg"), {
    message: /more than 100 megapixels/,
  });
});

Deno.test("decodeSquare: the central square, planar", async () => {
  const wide = await (await flag(120, 20)).png().toBuffer();
  const pixels = await decodeSquare(wide, 4);
  ok(pixels.every((value, i) => Math.abs(value - (i < 16 ? 255 : 0)) <= 2)); // all of it red
});

Deno.test("raw planes: column by column is turned, resized as an encoded image is", async () => {
  const rows = Uint8Array.from({ length: 3 * 2 * 3 }, (_, i) => i); // [3, 2 high, 3 wide]
  const byColumns = Uint8Array.from([0, 3, 1, 4, 2, 5].flatMap((k) => k));
  const all = Uint8Array.from([0, 6, 12].flatMap((start) => [...byColumns].map((k) => start + k)));
  deepStrictEqual(rowMajor(all, { height: 2, width: 3, columnMajor: true }), rows);
  strictEqual(rowMajor(rows, { height: 2, width: 3 }), rows);

  const square = Uint8Array.from({ length: 3 * 16 * 16 }, (_, i) => i % 251);
  strictEqual(await resizeSquare(square, { height: 16, width: 16 }, 16), square);
  strictEqual((await resizeSquare(square, { height: 16, width: 16 }, 8)).length, 3 * 64);
  strictEqual((await planarThumbnail(square, { height: 16, width: 16 })).length, 32 * 32);
});

Deno.test("planarToJpeg: the picture stays what it was", async () => {
  const planes = new Uint8Array(3 * 64).fill(200, 0, 64).fill(40, 64, 128).fill(90, 128);
  const jpeg = await planarToJpeg(planes, { height: 8, width: 8 });
  const again = await decodeSquare(jpeg, 8);
  ok(again.every((value, i) => Math.abs(value - planes[i]) <= 2));
});
