import { deepStrictEqual, notDeepStrictEqual, ok, rejects } from "node:assert/strict";
import { keyOf } from "../../lib/base/hash.ts";
import { Problem } from "../../lib/base/problem.ts";
import { prng } from "../../lib/base/prng.ts";
import { tf } from "../../lib/engine/mod.ts";
import { imagenet } from "../../lib/views/pixels.ts";
import { plain, simclr, weak } from "../../lib/views/policy.ts";
import { makeViews, pairViews } from "../../lib/views/views.ts";

const noise = (seed: number, side = 16) => {
  const random = prng(seed);
  const data = Uint8Array.from({ length: 3 * side * side }, () => random.int(256));
  return { data, height: side, width: side };
};
const images = { name: "noise", image: (i: number) => noise(i) };

async function valuesOf(tensor: tf.Tensor): Promise<number[]> {
  const values = [...await tensor.data()];
  tensor.dispose();
  return values;
}

Deno.test("plain views are the images, normalised", async () => {
  const batch = await makeViews(plain(16))(images, [3, 4], prng(1));
  deepStrictEqual(batch.shape, [2, 16, 16, 3]);
  const values = await valuesOf(batch);
  const { mean, std } = imagenet;
  const plane = 16 * 16;
  for (const [i, value] of values.entries()) {
    const channel = i % 3, pixel = Math.floor(i / 3) % plane, image = i < 3 * plane ? 3 : 4;
    const byte = noise(image).data[channel * plane + pixel];
    const expected = (byte / 255 - mean[channel]) / std[channel];
    ok(Math.abs(value - expected) < 1e-5, `${i}: ${value}, not ${expected}`);
  }
});

Deno.test("an equal fork gives equal views, another gives others", async () => {
  const views = makeViews(simclr(8));
  const draw = async (label: string) =>
    await valuesOf(await views(images, [1, 2], prng(1).fork(label)));
  deepStrictEqual(await draw("a"), await draw("a"));
  notDeepStrictEqual(await draw("a"), await draw("b"));
});

Deno.test("an anchor's view does not depend on its partner", async () => {
  const views = makeViews(weak(8));
  const draw = async (partners: number[]) => {
    const pairs = { anchors: [1, 2], partners };
    const { anchor, partner } = await pairViews(views, images, pairs, prng(1).fork("step 7"));
    return { anchor: await valuesOf(anchor), partner: await valuesOf(partner) };
  };
  const augmented = await draw([1, 2]), semantic = await draw([5, 6]);
  deepStrictEqual(augmented.anchor, semantic.anchor);
  notDeepStrictEqual(augmented.partner, semantic.partner);
  notDeepStrictEqual(augmented.anchor, augmented.partner); // two views, not one twice
});

Deno.test("a batch leaves only its views behind", async () => {
  const views = makeViews(simclr(8));
  (await views(images, [0], prng(1))).dispose();
  const before = tf.memory().numTensors;
  const batch = await views(images, [0], prng(1));
  deepStrictEqual(tf.memory().numTensors, before + 1);
  batch.dispose();
});

Deno.test("images of two sizes and an empty batch are clear errors", async () => {
  const mixed = { name: "mixed", image: (i: number) => noise(i, i === 9 ? 24 : 16) };
  const views = makeViews(plain(8));
  await rejects(
    views(mixed, [1, 9], prng(1)),
    (error: Error) =>
      error instanceof Problem &&
      /mixed: image 9 is 24 x 24 px, image 1 is 16 x 16/.test(error.message),
  );
  await rejects(views(images, [], prng(1)), /noise: a batch of no images/);
});

Deno.test("a policy survives JSON, so that it can be part of a key", () => {
  const policy = simclr(32, { strength: 0.5 });
  deepStrictEqual(JSON.parse(JSON.stringify(policy)), policy);
  notDeepStrictEqual(keyOf(policy), keyOf(simclr(32)));
});
