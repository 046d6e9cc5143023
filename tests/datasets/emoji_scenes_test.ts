import {
  deepStrictEqual,
  notDeepStrictEqual,
  notStrictEqual,
  ok,
  rejects,
  strictEqual,
} from "node:assert/strict";
import { dirname, join } from "@std/path";
import { checkout } from "../../lib/base/files.ts";
import { prng } from "../../lib/base/prng.ts";
import type { Dataset, Factors } from "../../lib/datasets/dataset.ts";
import { allArtists, artistInfo, artists, drawings } from "../../lib/datasets/emoji/artists.ts";
import { patterns, textures } from "../../lib/datasets/emoji/backgrounds.ts";
import { compose } from "../../lib/datasets/emoji/composition.ts";
import { concepts } from "../../lib/datasets/emoji/concepts.ts";
import { boundingBox, type Sprite, spriteLayer } from "../../lib/datasets/emoji/layers.ts";
import { emojiScenes, emojiScenesFile } from "../../lib/datasets/emoji_scenes.ts";
import { toDataset, unpack } from "../../lib/datasets/emoji/image_records.ts";

const SMALL = { concepts: 4, heldOutConcepts: 2, scenes: 12 };
const FULL = { ...SMALL, size: 32, seed: 1 };

const indices = (dataset: Dataset) => Array.from({ length: dataset.length }, (_, i) => i);
const factorsOf = (dataset: Dataset): Factors[] => indices(dataset).map((i) => dataset.factors!(i));
const count = (items: unknown[], item: unknown) => items.filter((other) => other === item).length;

const hashes = (scenes: Awaited<ReturnType<typeof emojiScenes>>) =>
  [scenes, scenes.heldOutConcepts].flatMap((part) => Object.values(part))
    .filter((part): part is Dataset => "hash" in part).map(({ hash }) => hash);

Deno.test("emojiScenes: made by two at once, the hashes are the same and one file is left", async () => {
  const first = hashes(await emojiScenes(SMALL));
  const path = await emojiScenesFile(FULL);
  await Deno.remove(path);
  const calls: [number, number][] = [];
  const [a, b] = await Promise.all([
    emojiScenes({ ...SMALL, progress: (done, total) => void calls.push([done, total]) }),
    emojiScenes(SMALL),
  ]);
  deepStrictEqual([hashes(a), hashes(b)], [first, first]);
  deepStrictEqual([...Deno.readDirSync(dirname(path))].map(({ name }) => name), ["scenes.bin"]);
  const total = 6 * 8 + 4 * (12 + 60) + 2 * 60 + 500; // drawings and scenes
  deepStrictEqual(calls, Array.from({ length: total }, (_, i) => [i + 1, total]));
  const loaded = await emojiScenes({ ...SMALL, progress: () => ok(false, "made again") });
  deepStrictEqual(hashes(loaded), first);
});

Deno.test("emojiScenes: a damaged cache is made anew", async () => {
  const whole = hashes(await emojiScenes(SMALL));
  const path = await emojiScenesFile(FULL);
  await Deno.truncate(path, 1000);
  deepStrictEqual(hashes(await emojiScenes(SMALL)), whole);
  const file = await Deno.readFile(path);
  deepStrictEqual(unpack(file)!.map((records) => toDataset(records).hash).sort(), whole.toSorted());
  for (const at of [0, 5, 500, file.length >> 1, file.length - 1]) {
    const damaged = file.slice();
    damaged[at] ^= 1;
    strictEqual(unpack(damaged), undefined, `byte ${at}`);
  }
  for (const length of [0, 3, 100, file.length - 1]) {
    strictEqual(unpack(file.slice(0, length)), undefined, `${length} bytes`);
  }
});

Deno.test("emojiScenes: more scenes or concepts keep the images there are", async () => {
  const few = await emojiScenes(SMALL);
  const many = await emojiScenes({ concepts: 5, heldOutConcepts: 3, scenes: 13 });
  deepStrictEqual(many.pretraining.classes.slice(0, 4), few.pretraining.classes);
  deepStrictEqual(many.pretraining.image(13 + 7), few.pretraining.image(12 + 7));
  deepStrictEqual(many.probe.image(3), few.probe.image(3));
  deepStrictEqual(many.heldOutConcepts.test.image(40), few.heldOutConcepts.test.image(40));
});

Deno.test("emojiScenes: every class has as many images, and all have planar views", async () => {
  const scenes = await emojiScenes(SMALL);
  const { probe, test } = scenes.heldOutConcepts;
  const expected: [Dataset, number, number][] = [
    [scenes.pretraining, 4, 12],
    [scenes.probe, 4, 20],
    [scenes.heldOutScenes, 4, 20],
    [scenes.heldOutArtists, 4, 20],
    [probe, 2, 30],
    [test, 2, 30],
  ];
  for (const [dataset, classes, each] of expected) {
    const labels = indices(dataset).map(dataset.label);
    strictEqual(dataset.classes.length, classes);
    for (const label of dataset.classes.keys()) strictEqual(count(labels, label), each);
    const { data, width, height } = dataset.image(dataset.length - 1);
    deepStrictEqual([data.length, width, height], [3 * 32 * 32, 32, 32]);
    strictEqual(data.buffer, dataset.image(0).data.buffer); // no copies
  }
  deepStrictEqual(scenes.probe.classes, scenes.pretraining.classes);
  ok(!scenes.pretraining.classes.some((name) => probe.classes.includes(name)));
  const distinct = new Set(
    [scenes.pretraining, scenes.probe, scenes.heldOutScenes, probe, test]
      .flatMap((dataset) => indices(dataset).map((i) => dataset.image(i).data.join())),
  );
  strictEqual(distinct.size, 4 * (12 + 20 + 20) + 2 * (30 + 30)); // no scene is in two splits
});

Deno.test("emojiScenes: held-out artists are in no other split; the others are crossed", async () => {
  const scenes = await emojiScenes(SMALL);
  const drawnBy = (dataset: Dataset) => new Set(factorsOf(dataset).map(({ artist }) => artist));
  deepStrictEqual(drawnBy(scenes.heldOutArtists), new Set(artists.heldOut));
  const seen = new Set(artists.pretraining);
  for (const dataset of [scenes.probe, scenes.heldOutScenes, scenes.heldOutConcepts.test]) {
    deepStrictEqual(drawnBy(dataset), seen);
  }
  const { pretraining } = scenes;
  const pairs = factorsOf(pretraining).map(({ artist }, i) => `${pretraining.label(i)} ${artist}`);
  for (const artist of artists.pretraining) {
    for (const label of pretraining.classes.keys()) {
      strictEqual(count(pairs, `${label} ${artist}`), 2);
    }
  }
});

Deno.test("emojiScenes: background, texture and clutter do not depend on the class", async () => {
  const { pretraining } = await emojiScenes({ ...SMALL, scenes: 240, seed: 2 });
  const other = await emojiScenes(SMALL);
  notStrictEqual(pretraining.hash, other.pretraining.hash);
  notDeepStrictEqual(pretraining.image(0), other.pretraining.image(0)); // another seed
  const factors = factorsOf(pretraining);
  const levels = {
    background: Object.keys(patterns),
    texture: Object.keys(textures),
    clutter: [0, 1, 2],
  };
  for (const [name, values] of Object.entries(levels)) {
    const statistic = values.flatMap((value) =>
      [0, 1, 2, 3].map((label) => {
        const seen = factors.filter((f, i) => pretraining.label(i) === label && f[name] === value);
        const expected = 240 / values.length;
        return (seen.length - expected) ** 2 / expected;
      })
    ).reduce((a, b) => a + b);
    const freedom = 4 * (values.length - 1);
    ok(statistic < freedom + 4 * Math.sqrt(2 * freedom), `${name}: chi-square ${statistic}`);
  }
  for (const name of ["backgroundHue", "scale", "x", "y", "rotation", "light", "temperature"]) {
    const all = factors.map((f) => Number(f[name]));
    const mean = (values: number[]) => values.reduce((a, b) => a + b) / values.length;
    const deviation = Math.sqrt(mean(all.map((value) => (value - mean(all)) ** 2)));
    ok(deviation > 0, name);
    for (const label of [0, 1, 2, 3]) {
      const shift = mean(all.filter((_, i) => pretraining.label(i) === label)) - mean(all);
      ok(Math.abs(shift) < 4 * deviation / Math.sqrt(240), `${name} of class ${label}: ${shift}`);
    }
  }
});

/** A filled sprite of one grey. */
const plain = (width: number, height: number, grey: number): Sprite => {
  const data = new Uint8Array(4 * width * height).fill(grey);
  for (let p = 3; p < data.length; p += 4) data[p] = 255;
  return { data, width, height };
};

Deno.test("spriteLayer: an upright rectangle covers what geometry says", () => {
  const pose = { x: 0.5, y: 0.5, scale: 0.5, rotation: 0 };
  const { alpha, color } = spriteLayer(plain(64, 32, 255), pose, 32);
  deepStrictEqual(boundingBox(alpha, 32, 0.5), { x: 8, y: 12, width: 16, height: 8 });
  ok(Math.abs(alpha.reduce((a, b) => a + b) - 16 * 8) < 1e-3);
  deepStrictEqual(color.subarray(0, 32 * 32), alpha); // white
  const turned = spriteLayer(plain(64, 32, 255), { ...pose, rotation: 90 }, 32);
  deepStrictEqual(boundingBox(turned.alpha, 32, 0.5), { x: 12, y: 8, width: 8, height: 16 });
});

Deno.test("spriteLayer: positive rotation is clockwise", () => {
  const sprite = plain(64, 64, 255);
  for (let p = 0; p < 64 * 64; p++) if (p % 64 < 32) sprite.data[4 * p + 3] = 0; // right half
  const { alpha } = spriteLayer(sprite, { x: 0.5, y: 0.5, scale: 0.5, rotation: 90 }, 32);
  deepStrictEqual(boundingBox(alpha, 32, 0.5), { x: 8, y: 16, width: 16, height: 8 }); // now below
});

Deno.test("compose: the boxes are tight around the pixels that show the object", () => {
  const pose = { x: 0.4, y: 0.6, scale: 0.6, rotation: 20 };
  for (let seed = 0; seed < 20; seed++) {
    const [black, white] = [0, 255].map((grey) =>
      compose(prng(seed), 64, [{ sprite: plain(64, 40, grey), artist: "a", label: 3, pose }])
    );
    // Only what shows the object can differ; all but its faintest edge does.
    const differs = new Float32Array(64 * 64).map((_, p) =>
      Math.abs(white.pixels[64 * 64 + p] - black.pixels[64 * 64 + p]) / 255
    );
    const outer = boundingBox(differs, 64, 1 / 255), inner = boundingBox(differs, 64, 0.4);
    const [{ label, ...box }] = black.boxes;
    strictEqual(label, 3);
    ok(contains(outer, box) && contains(box, inner), `seed ${seed}`);
    ok(outer.width - inner.width <= 4 && outer.height - inner.height <= 4, `seed ${seed}`);
  }
});

type Frame = ReturnType<typeof boundingBox>;
const contains = (outer: Frame, inner: Frame) =>
  outer.x <= inner.x && outer.y <= inner.y &&
  outer.x + outer.width >= inner.x + inner.width &&
  outer.y + outer.height >= inner.y + inner.height;

Deno.test("emojiScenes: multi-object scenes have two to five boxes inside the picture", async () => {
  const { multiObject, pretraining } = await emojiScenes(SMALL);
  deepStrictEqual(multiObject.classes, pretraining.classes);
  strictEqual(multiObject.length, 500);
  const boxes = indices(multiObject).map((i) => multiObject.boxes!(i));
  deepStrictEqual([...new Set(boxes.map((all) => all.length))].sort(), [2, 3, 4, 5]);
  for (const { x, y, width, height, label } of boxes.flat()) {
    ok(width > 0 && height > 0 && x >= 0 && y >= 0 && x + width <= 32 && y + height <= 32);
    ok(label >= 0 && label < 4);
  }
  indices(multiObject).forEach((i) => strictEqual(multiObject.label(i), boxes[i][0].label));
});

Deno.test("every concept is drawn by every artist", async () => {
  strictEqual(new Set(concepts).size, concepts.length);
  for (const artist of allArtists) {
    const svgs = await drawings(artist, concepts);
    deepStrictEqual(concepts.filter((_, i) => svgs[i] === undefined), [], artist);
  }
});

Deno.test("every artist's licence is open, and LICENSE names it", async () => {
  const open = ["Apache-2.0", "CC-BY-4.0", "CC-BY-SA-4.0", "MIT"];
  const text = await Deno.readTextFile(join(checkout, "LICENSE"));
  for (const artist of allArtists) {
    const { name, author, license } = await artistInfo(artist);
    ok(open.includes(license.spdx), `${artist}: ${license.spdx}`);
    for (const part of [artist, name, author.name, license.spdx, license.url]) {
      ok(text.includes(part), `LICENSE lacks ${part} of ${artist}`);
    }
  }
});

Deno.test("emojiScenes: impossible options are a clear error", async () => {
  await rejects(emojiScenes({ concepts: 1000 }), /1000 \+ 20 concepts, but there are drawings of/);
  await rejects(emojiScenes({ scenes: 0 }), /scenes is 0, it must be a whole number from 1/);
  await rejects(emojiScenes({ size: 48 as 32 }), /size is 48, not 32 or 64/);
});
