import { deepStrictEqual, notDeepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { sha256 } from "../../lib/base/hash.ts";
import { prng } from "../../lib/base/prng.ts";
import type { Dataset } from "../../lib/datasets/dataset.ts";
import { compose, type SceneObject } from "../../lib/datasets/emoji/composition.ts";
import { emojiScenes } from "../../lib/datasets/emoji_scenes.ts";
import { backgroundSwaps } from "../../lib/datasets/emoji_swaps.ts";

const SMALL = { concepts: 4, heldOutConcepts: 2, scenes: 12 };

const indices = (dataset: Dataset) => Array.from({ length: dataset.length }, (_, i) => i);
const some = (factors: Readonly<Record<string, unknown>>, ...names: string[]) =>
  names.map((name) => factors[name]);

const pose = ["artist", "x", "y", "scale", "rotation"];
const light = ["light", "lightSlope", "lightDirection", "temperature"];
const background = ["background", "backgroundHue", "texture"];

/** A filled square, upright in the middle of the picture. */
const square: SceneObject = {
  sprite: { data: new Uint8Array(4 * 32 * 32).fill(255), width: 32, height: 32 },
  artist: "a",
  label: 0,
  pose: { x: 0.5, y: 0.5, scale: 0.5, rotation: 0 },
};

Deno.test("compose: its own backdrop is the scene; the same bytes as ever", () => {
  const scene = compose(prng(1), 32, [square]);
  deepStrictEqual(compose(prng(1), 32, [square], { backdrop: prng(1) }), scene);
  deepStrictEqual(compose(prng(1), 32, [square], { foreground: true }), scene);
  const hashes = [1, 3].map((seed) => {
    const { pixels, ...known } = compose(prng(seed), 32, [square]);
    return sha256(pixels, JSON.stringify([known.factors, known.boxes]));
  });
  deepStrictEqual(hashes, [ // else raise GENERATOR in emoji_scenes.ts
    "e779cc91a3690afefc78b1a36ad33267ad493d3e021f89368f983f040afacfe2",
    "26c6d13680e3b62a322f0f285bde76630676eff9781e7f23abe96acf0974742a",
  ]);
});

Deno.test("compose: with another backdrop, what is in front stays and what is behind is the other", () => {
  const inside = (p: number) => [p % 32, Math.floor(p / 32) % 32].every((i) => i >= 8 && i < 24);
  let clear = 0;
  for (let seed = 0; seed < 30; seed++) {
    const random = prng(seed), other = prng(`other ${seed}`);
    const paint = (parts = {}) => compose(random, 32, [square], parts);
    const scene = paint(), mixed = paint({ backdrop: other }), alone = paint({ backdrop: null });
    const behind = paint({ backdrop: other, foreground: false });
    notDeepStrictEqual(mixed.pixels, scene.pixels);
    deepStrictEqual([mixed.boxes, alone.boxes, behind.boxes], [scene.boxes, scene.boxes, []]);
    const free = scene.factors.clutterInFront === 0;
    if (free) clear++;
    mixed.pixels.forEach((byte, p) => {
      if (inside(p)) {
        ok(byte === scene.pixels[p] && byte === alone.pixels[p], `seed ${seed}, ${p}`);
      } else if (free) {
        ok(byte === behind.pixels[p] && alone.pixels[p] === 0, `seed ${seed}, ${p}`);
      }
    });
  }
  ok(clear > 5);
});

Deno.test("backgroundSwaps: aligned with the held-out scenes: object, pose and light stay", async () => {
  const { heldOutScenes } = await emojiScenes(SMALL);
  const { original, ...variants } = await backgroundSwaps(SMALL);
  strictEqual(original.hash, heldOutScenes.hash);
  for (const [name, dataset] of Object.entries(variants)) {
    strictEqual(dataset.length, original.length);
    deepStrictEqual(dataset.classes, original.classes);
    for (const i of indices(original)) {
      const before = original.factors!(i), after = dataset.factors!(i);
      strictEqual(dataset.label(i), original.label(i));
      deepStrictEqual(some(after, ...light), some(before, ...light), name);
      if (name === "onlyBackground") {
        deepStrictEqual(some(after, ...pose), pose.map(() => undefined));
        deepStrictEqual(some(after, ...background), some(before, ...background));
        deepStrictEqual([dataset.boxes!(i), after.clutterInFront], [[], 0]);
      } else {
        deepStrictEqual(some(after, ...pose), some(before, ...pose), name);
        deepStrictEqual(dataset.boxes!(i), original.boxes!(i), name);
        strictEqual(after.clutterInFront, before.clutterInFront);
      }
    }
  }
  const plain = indices(original).map((i) => variants.onlyForeground.factors!(i).background);
  deepStrictEqual(new Set(plain), new Set([undefined]));
  const hashes = [original, ...Object.values(variants)].map(({ hash }) => hash);
  strictEqual(new Set(hashes).size, 5);
});

Deno.test("backgroundSwaps: each background is given once, from the same or from another class", async () => {
  const { original, mixedSame, mixedRandom } = await backgroundSwaps(SMALL);
  for (const [dataset, sameClass] of [[mixedSame, true], [mixedRandom, false]] as const) {
    const from = indices(dataset).map((i) => Number(dataset.factors!(i).backgroundFrom));
    deepStrictEqual(from.toSorted((a, b) => a - b), indices(original));
    from.forEach((giver, i) => {
      ok(giver !== i);
      strictEqual(original.label(giver) === original.label(i), sameClass);
      deepStrictEqual(
        some(dataset.factors!(i), ...background),
        some(original.factors!(giver), ...background),
      );
    });
  }
  const pairs = indices(original).map((i) => {
    const giver = Number(mixedRandom.factors!(i).backgroundFrom);
    return `${original.label(i)} ${original.label(giver)}`;
  });
  strictEqual(new Set(pairs).size, 4 * 3); // every other class gives
});

Deno.test("backgroundSwaps: the second time they come from the cache; two classes are enough", async () => {
  const first = await backgroundSwaps(SMALL);
  const again = await backgroundSwaps({ ...SMALL, progress: () => ok(false, "made again") });
  deepStrictEqual(Object.values(again).map((d) => d.hash), Object.values(first).map((d) => d.hash));
  const two = await backgroundSwaps({ concepts: 2, heldOutConcepts: 1, scenes: 1, size: 64 });
  strictEqual(two.mixedRandom.image(39).data.length, 3 * 64 * 64);
  await rejects(backgroundSwaps({ ...SMALL, concepts: 1 }), /concepts is 1, another class's/);
  await rejects(backgroundSwaps({ ...SMALL, size: 48 as 32 }), /size is 48, not 32 or 64/);
});
