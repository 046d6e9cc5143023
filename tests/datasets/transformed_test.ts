import { deepStrictEqual, notStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { Problem } from "../../lib/base/problem.ts";
import { prng } from "../../lib/base/prng.ts";
import type { Dataset, Image } from "../../lib/datasets/dataset.ts";
import { corruptions, nearestSide } from "../../lib/datasets/transformations/corruptions.ts";
import { variations } from "../../lib/datasets/transformations/variations.ts";
import {
  corruptionKinds,
  ladder,
  type Transformation,
  transformed,
  variationKinds,
} from "../../lib/datasets/transformed.ts";

/** Smooth pictures in colours, no two alike. */
function picture(seed: number, height: number, width: number): Image {
  const random = prng(seed), waves = Array.from({ length: 9 }, () => random.uniform(-0.4, 0.4));
  const data = new Uint8Array(3 * height * width).map((_, p) => {
    const c = Math.floor(p / (height * width)), x = p % width, y = Math.floor(p / width) % height;
    return 128 + 100 * Math.sin(waves[c] * x + waves[3 + c] * y + 20 * waves[6 + c]);
  });
  return { data, height, width };
}

function pictures(count = 4, height = 32, width = 32): Dataset {
  const images = Array.from({ length: count }, (_, i) => picture(i % 3, height, width));
  return {
    name: "pictures",
    classes: ["a", "b"],
    length: count,
    hash: "of the pictures",
    contentHash: "of their content",
    image: (i) => images[i],
    label: (i) => i % 2,
    labels: (i) => [i % 2, 1],
    id: (i) => `picture ${i}`,
    factors: (i) => ({ light: i }),
    boxes: (i) => [{ x: i, y: 1, width: 2, height: 3, label: 0 }],
    likes: (i) => ({ copyOf: i, elsewhere: false }),
  };
}

const all = [...corruptionKinds, ...variationKinds].flatMap((kind) => ladder(kind));
const told = (transformation: Transformation) => JSON.stringify(transformation);
const imagesOf = (dataset: Dataset) =>
  Array.from({ length: dataset.length }, (_, i) => dataset.image(i).data);

/** Mean difference of bytes over a data set. */
function distance(a: Dataset, b: Dataset): number {
  const values = imagesOf(a).flatMap((data, i) => {
    const other = b.image(i).data;
    return Array.from(data, (byte, p) => Math.abs(byte - other[p]));
  });
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

Deno.test("transformed: every kind changes the images and nothing else that is known of them", () => {
  const dataset = pictures(), before = imagesOf(dataset).map((data) => data.slice());
  for (const transformation of all) {
    const changed = transformed(dataset, transformation), what = told(transformation);
    ok(distance(changed, dataset) > 0, what);
    for (let i = 0; i < dataset.length; i++) {
      const { height, width, data } = changed.image(i);
      deepStrictEqual([height, width, data.length], [32, 32, 3 * 32 * 32], what);
      strictEqual(changed.label(i), dataset.label(i));
      deepStrictEqual(changed.labels!(i), dataset.labels!(i));
      deepStrictEqual(changed.factors!(i), dataset.factors!(i));
      strictEqual(changed.id!(i), dataset.id!(i));
      deepStrictEqual(changed.likes!(i), dataset.likes!(i));
    }
    deepStrictEqual([changed.length, changed.classes], [dataset.length, dataset.classes]);
    ok(changed.name.startsWith(`pictures, ${transformation.kind} `), changed.name);
  }
  deepStrictEqual(imagesOf(dataset), before); // the originals are as they were
});

Deno.test("transformed: what would be said of a moved object's place is not said", () => {
  const dataset = pictures();
  const keep = [...corruptionKinds, ...variationKinds]
    .filter((kind) => transformed(dataset, ladder(kind)[0]).boxes);
  deepStrictEqual(
    new Set(keep),
    new Set([...corruptionKinds.filter((kind) => kind !== "elastic"), "hue", "grayscale"]),
  );
  const { boxes, ...unboxed } = dataset;
  ok(boxes && !("boxes" in transformed(unboxed, { kind: "hue", magnitude: 0.1 })));
});

Deno.test("transformed: image i depends on the seed and i alone", () => {
  const dataset = pictures(), few = pictures(2);
  for (const kind of corruptionKinds) {
    const one = transformed(dataset, { kind, severity: 4, seed: 3 });
    const late = one.image(1).data;
    one.image(3);
    deepStrictEqual(one.image(1).data, late, kind);
    deepStrictEqual(transformed(few, { kind, severity: 4, seed: 3 }).image(1).data, late, kind);
    const other = transformed(dataset, { kind, severity: 4, seed: 4 });
    const sameChange = Number(JSON.stringify(other.image(1).data) === JSON.stringify(late));
    strictEqual(sameChange, corruptions[kind].random ? 0 : 1, kind);
    strictEqual(other.hash === one.hash, !corruptions[kind].random, kind);
    // Pictures 0 and 3 are the same one.
    const twice = JSON.stringify(one.image(0).data) === JSON.stringify(one.image(3).data);
    strictEqual(twice, !corruptions[kind].random, kind);
  }
});

Deno.test("transformed: hashes differ by the data set, the kind and how much, and only by that", () => {
  const dataset = pictures();
  const hashes = all.flatMap((transformation) => {
    const { hash, contentHash } = transformed(dataset, transformation);
    return [hash, contentHash, transformed({ ...dataset, hash: "other" }, transformation).hash];
  });
  strictEqual(new Set(hashes).size, 3 * all.length);
  for (const transformation of all) {
    strictEqual(
      transformed(dataset, transformation).hash,
      transformed(dataset, transformation).hash,
    );
  }
  notStrictEqual(
    transformed(transformed(dataset, all[0]), all[1]).hash,
    transformed(transformed(dataset, all[1]), all[0]).hash,
  );
  const { contentHash, ...plain } = dataset;
  ok(contentHash && !("contentHash" in transformed(plain, all[0])));
});

Deno.test("transformed: the greatest severity changes more than the least", () => {
  const dataset = pictures(3);
  for (const kind of [...corruptionKinds, ...variationKinds]) {
    const steps = ladder(kind);
    strictEqual(steps.length, kind.endsWith("Flip") ? 1 : 5);
    if (["saturate", "elastic"].includes(kind) || kind.endsWith("Flip")) continue; // not by design
    const [least, most] = [steps[0], steps.at(-1)!]
      .map((step) => distance(transformed(dataset, step), dataset));
    ok(most > 1.15 * least, `${kind}: ${least} to ${most}`);
  }
});

Deno.test("transformed: every kind works on images of any size", () => {
  for (const [height, width] of [[1, 1], [1, 7], [5, 2], [33, 20], [70, 46], [130, 127]]) {
    const dataset = pictures(1, height, width);
    for (const transformation of all) {
      const { data } = transformed(dataset, transformation).image(0);
      strictEqual(
        data.length,
        3 * height * width,
        `${told(transformation)} of ${height} x ${width}`,
      );
    }
  }
});

Deno.test("transformed: a plain colour is changed by no blur, no move, no fewer pixels", () => {
  const data = new Uint8Array(3 * 32 * 24);
  [200, 90, 31].forEach((byte, c) => data.fill(byte, c * 32 * 24, (c + 1) * 32 * 24));
  const dataset: Dataset = { ...pictures(1), image: () => ({ data, height: 32, width: 24 }) };
  const linear = /Blur|pixelate|elastic|contrast|rotation|scale$|translation|Flip/;
  for (
    const transformation of all.filter(({ kind }) => linear.test(kind) && kind !== "grayscale")
  ) {
    deepStrictEqual(transformed(dataset, transformation).image(0).data, data, told(transformation));
  }
});

Deno.test("transformed: at its neutral magnitude a variation leaves every byte", () => {
  const dataset = pictures(3, 31, 20);
  for (const kind of variationKinds) {
    const neutral = transformed(dataset, { kind, magnitude: kind === "scale" ? 1 : 0 });
    deepStrictEqual(imagesOf(neutral), imagesOf(dataset), kind);
  }
  for (const kind of ["horizontalFlip", "verticalFlip"] as const) {
    const flip = (images: Dataset) => transformed(images, { kind, magnitude: 1 });
    deepStrictEqual(imagesOf(flip(flip(dataset))), imagesOf(dataset), kind);
  }
  const turn = (images: Dataset) => transformed(images, { kind: "rotation", magnitude: 180 });
  deepStrictEqual(imagesOf(turn(turn(dataset))), imagesOf(dataset));
});

Deno.test("transformed: directions are as said", () => {
  const data = new Uint8Array(3 * 9 * 9);
  data[4 * 9 + 6] = 255; // right of the middle
  const dataset: Dataset = { ...pictures(1), image: () => ({ data, height: 9, width: 9 }) };
  const lit = (transformation: Transformation) => {
    const p = transformed(dataset, transformation).image(0).data.indexOf(255);
    return [p % 9, Math.floor(p / 9)];
  };
  deepStrictEqual(lit({ kind: "rotation", magnitude: 90 }), [4, 6]); // clockwise: below it
  deepStrictEqual(lit({ kind: "translation", magnitude: 1 / 9 }), [7, 4]);
  deepStrictEqual(lit({ kind: "translation", magnitude: -2 / 9 }), [4, 4]);
  deepStrictEqual(lit({ kind: "scale", magnitude: 2 }), [8, 4]);
  deepStrictEqual(lit({ kind: "horizontalFlip", magnitude: 1 }), [2, 4]);
  const red = new Uint8Array(3).fill(255, 0, 1);
  const colours: Dataset = { ...dataset, image: () => ({ data: red, height: 1, width: 1 }) };
  const hue = transformed(colours, { kind: "hue", magnitude: 1 / 3 });
  deepStrictEqual([...hue.image(0).data], [0, 255, 0]);
});

Deno.test("transformed: the size of the image decides which published parameters are taken", () => {
  deepStrictEqual(
    [1, 28, 32, 45, 46, 64, 96, 119, 120, 160, 224, 500].map(nearestSide),
    [32, 32, 32, 32, 64, 64, 64, 64, 224, 224, 224, 224],
  );
  const sizes = [[32, 500], [64, 64], [224, 300]];
  const images = sizes.map(([height, width]) => picture(1, height, width));
  const mixed: Dataset = { ...pictures(3), image: (i) => images[i] };
  const changed = transformed(mixed, { kind: "jpegCompression", severity: 2 });
  for (const [i, side] of ([32, 64, 224] as const).entries()) {
    const expected = corruptions.jpegCompression.at(side, 2)(images[i], prng(1));
    deepStrictEqual(changed.image(i), expected);
  }
});

Deno.test("transformed: what cannot be is a clear error", () => {
  const dataset = pictures();
  const refused = (transformation: unknown, message: RegExp, images = dataset) =>
    throws(() => transformed(images, transformation as Transformation), (error) => {
      ok(error instanceof Problem && message.test(error.message), String(error));
      return true;
    });
  for (const severity of [0, 6, 1.5, NaN, -1, "3", undefined]) {
    refused({ kind: "fog", severity }, /^fog: severity is .*, it must be 1, 2, 3, 4 or 5$/);
  }
  for (const magnitude of [NaN, Infinity, -361]) {
    refused({ kind: "rotation", magnitude }, /it must be -360 to 360 \(degrees clockwise\)$/);
  }
  refused({ kind: "horizontalFlip", magnitude: 0.5 }, /0 \(as it is\) or 1 \(flipped\)/);
  refused({ kind: "scale", magnitude: 0 }, /scale: magnitude is 0/);
  for (const kind of ["snow", "toString", "rotation"]) {
    refused({ kind, severity: 1 }, /^there is no corruption .*: take one of gaussianNoise, /);
  }
  for (const kind of ["fog", "constructor"]) {
    refused({ kind, magnitude: 1 }, /^there is no variation .*: take one of rotation, /);
  }
  const stream = { extent: () => ({ height: 1, width: 1 }), read: () => Promise.reject() };
  refused({ kind: "hue", magnitude: 0.1 }, /^hue of pictures: its images are streamed/, {
    ...dataset,
    stream,
  });
});

Deno.test("every variation's steps are within its range, and move away from what is neutral", () => {
  for (const kind of variationKinds) {
    const { steps, range: [least, most] } = variations[kind], neutral = kind === "scale" ? 1 : 0;
    const away = [neutral, ...steps].map((step) => Math.abs(step - neutral));
    ok(steps.every((step) => step >= least && step <= most), kind);
    ok(away.slice(1).every((step, k) => step > away[k]), kind);
  }
});
