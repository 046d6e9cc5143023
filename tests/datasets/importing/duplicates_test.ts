import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import sharp from "sharp";
import { prng } from "../../../lib/base/prng.ts";
import { inspect, THUMBNAIL } from "../../../lib/datasets/importing/decode.ts";
import {
  distance,
  findDuplicates,
  type Hash,
  NEAR,
  perceptualHash,
  shrink,
} from "../../../lib/datasets/importing/duplicates.ts";
import reference from "../../vectors/perceptual_hash.json" with { type: "json" };

/** A smooth picture: some blobs of colour. */
async function picture(seed: number, size = 96): Promise<Uint8Array> {
  const random = prng(`picture ${seed}`);
  const blobs = Array.from({ length: 12 }, () => {
    const [x, y, r] = [random.int(size), random.int(size), 5 + random.int(size / 3)];
    return `<circle cx="${x}" cy="${y}" r="${r}" fill="hsl(${random.int(360)},70%,${
      20 + random.int(60)
    }%)"/>`;
  });
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}">` +
    `<rect width="100%" height="100%" fill="#777"/>${blobs.join("")}</svg>`;
  return new Uint8Array(await sharp(new TextEncoder().encode(svg)).png().toBuffer());
}

const thumbnailOf = async (bytes: Uint8Array) => (await inspect(bytes, "a.png")).thumbnail;
const hashOf = async (bytes: Uint8Array) => perceptualHash(await thumbnailOf(bytes));

Deno.test("perceptualHash: the bits of Python's imagehash on the same gray picture", () => {
  for (const { gray, bits } of reference) {
    const [high, low] = perceptualHash(Uint8Array.fromBase64(gray));
    const ours = [high, low].map((half) => half.toString(2).padStart(32, "0")).join("");
    strictEqual(ours, bits);
  }
});

Deno.test("distance counts the bits", () => {
  const random = prng(1);
  for (let i = 0; i < 50; i++) {
    const half = () => Math.floor(random.next() * 2 ** 32) >>> 0;
    const [a, b]: Hash[] = [[half(), half()], [half(), half()]];
    const bits = (x: number) => x.toString(2).replaceAll("0", "").length;
    strictEqual(distance(a, b), bits((a[0] ^ b[0]) >>> 0) + bits((a[1] ^ b[1]) >>> 0));
  }
});

Deno.test("the same picture in another size, another format or a little brighter is near", async () => {
  for (let seed = 0; seed < 8; seed++) {
    const original = await picture(seed), hash = await hashOf(original);
    const variants = [
      await sharp(original).resize(64, 64).png().toBuffer(),
      await sharp(original).jpeg({ quality: 60 }).toBuffer(),
      await sharp(original).linear(1.05, 4).png().toBuffer(),
    ];
    for (const variant of variants) ok(distance(hash, await hashOf(variant)) <= NEAR);
    for (let other = 0; other < seed; other++) {
      ok(distance(hash, await hashOf(await picture(other))) > NEAR);
    }
  }
});

Deno.test("findDuplicates: equal bytes, and all that is near, equals the double loop", () => {
  const random = prng(7);
  const images = Array.from({ length: 120 }, (_, i) => ({
    digest: `digest ${i % 100}`, // the last 20 repeat the first
    hash: [random.int(2 ** 16) << 14, random.int(8)] as Hash, // many are near
    gray: Uint8Array.from({ length: 64 }, (_, k) => k < 32 ? 10 : i % 3 === 0 ? 90 : k),
  }));
  images.forEach((image, i) => i >= 100 && Object.assign(image, images[i - 100]));
  const expected: string[] = [];
  for (let b = 0; b < images.length; b++) {
    for (let a = 0; a < b; a++) {
      const exact = images[a].digest === images[b].digest;
      const alike = (a % 3 === 0) === (b % 3 === 0); // the two kinds of gray correlate by 0.9
      const near = distance(images[a].hash, images[b].hash) <= NEAR && alike && b < 100;
      if (exact || near) expected.push(`${a} ${b} ${exact}`);
    }
  }
  const found = findDuplicates(images).map(({ a, b, exact }) => `${a} ${b} ${exact}`);
  deepStrictEqual(found.sort(), expected.sort());
});

Deno.test("findDuplicates: many blank images do not take for ever", () => {
  const blank: Hash = [0, 0], gray = new Uint8Array(64);
  const images = Array.from({ length: 20_000 }, (_, i) => ({ digest: `${i}`, hash: blank, gray }));
  ok(findDuplicates(images).length < 200_000);
});

Deno.test("near hashes of other pictures are no duplicates; of nearly the same they are", async () => {
  const picked = await picture(3);
  const thumbnails = [
    await thumbnailOf(picked),
    await thumbnailOf(await sharp(picked).resize(48, 48).jpeg({ quality: 50 }).toBuffer()),
    await thumbnailOf(await picture(4)),
  ];
  const images = thumbnails.map((thumbnail, i) => (
    { digest: `${i}`, hash: perceptualHash(thumbnails[0]), gray: shrink(thumbnail) }
  ));
  deepStrictEqual(findDuplicates(images), [{ a: 0, b: 1, exact: false }]);
});

Deno.test("shrink: means of blocks", () => {
  const gray = Uint8Array.from({ length: 1024 }, (_, k) => k % 32 < 4 ? k % 2 * 100 : 7);
  deepStrictEqual([...shrink(gray).subarray(0, 3)], [50, 7, 7]);
});

Deno.test("a thumbnail of one gray has a hash too", () => {
  const [high, low] = perceptualHash(new Uint8Array(THUMBNAIL ** 2).fill(90));
  strictEqual(high >>> 31, 1); // the mean alone is above the median
  ok(Number.isInteger(low));
});
