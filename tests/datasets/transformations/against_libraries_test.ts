/** The deterministic transformations and kernels beside the libraries of the published code. */
import { ok } from "node:assert/strict";
import { prng } from "../../../lib/base/prng.ts";
import type { Image } from "../../../lib/datasets/dataset.ts";
import { trace } from "../../../lib/datasets/transformations/blur.ts";
import type { Change } from "../../../lib/datasets/transformations/change.ts";
import { correlate, edge } from "../../../lib/datasets/transformations/convolution.ts";
import { corruptions, type Severity } from "../../../lib/datasets/transformations/corruptions.ts";
import { smoothing } from "../../../lib/datasets/transformations/elastic.ts";
import { plasmaFractal } from "../../../lib/datasets/transformations/fog.ts";
import { variations } from "../../../lib/datasets/transformations/variations.ts";
import reference from "../../vectors/corruptions.json" with { type: "json" };

const images = Object.fromEntries(
  Object.entries(reference.images).map(([name, { height, width, bytes }]): [string, Image] => [
    name,
    { height, width, data: Uint8Array.fromBase64(bytes) },
  ]),
);

/** Mean and greatest difference of bytes. */
function difference(a: Uint8Array, b: Uint8Array): { mean: number; most: number } {
  ok(a.length === b.length);
  const differences = Array.from(a, (byte, p) => Math.abs(byte - b[p]));
  return { mean: differences.reduce((x, y) => x + y) / a.length, most: Math.max(...differences) };
}

function near(change: Change, image: string, bytes: string, kind: string, what: string) {
  const { data } = change(images[image], prng("not drawn from"));
  const { mean, most } = difference(data, Uint8Array.fromBase64(bytes));
  const limits = { mean: 0.01, most: 1, ...tolerated[kind] };
  ok(
    mean <= limits.mean && most <= limits.most,
    `${what} of ${image}: off by ${mean}, at most ${most}`,
  );
}

/**
 * How far bytes may be off: many values are halves (0.1 is 25.5 / 255) that may be rounded either
 * way; PIL rounds twice; a cosine coefficient may lie exactly between two steps.
 */
const tolerated: Record<string, { mean?: number; most?: number }> = {
  brightness: { mean: 0.15 },
  saturate: { mean: 0.05 },
  scale: { mean: 0.2 },
  hue: { mean: 0.1 },
  pixelate: { mean: 0.3 },
  jpegCompression: { mean: 0.4, most: 5 },
};

type Kind = keyof typeof corruptions;

Deno.test("corruptions: the bytes are those of PIL, OpenCV, scipy and scikit-image", () => {
  for (const { kind, side, severity, image, bytes } of reference.corruptions) {
    const change = corruptions[kind as Kind].at(side as 32, severity as Severity);
    near(change, image, bytes, kind, `${kind} ${severity} at ${side}`);
  }
});

Deno.test("motionBlur: a trace blurs as imagecorruptions' motion blur does", () => {
  for (const { parameters: [radius, sigma, angle], image, bytes } of reference.motion) {
    const change: Change = (picture) => correlate(picture, trace(radius, sigma, angle), edge);
    near(change, image, bytes, "motionBlur", `trace ${radius} ${sigma} ${angle}`);
  }
});

Deno.test("variations: the bytes are those of scipy and torchvision", () => {
  for (const { kind, magnitude, image, bytes } of reference.variations) {
    const change = variations[kind as keyof typeof variations].change(magnitude);
    near(change, image, bytes, kind, `${kind} ${magnitude}`);
  }
});

Deno.test("smoothing equals scipy's gaussian_filter, wider than the image too", () => {
  const { height, width, data } = images.roof;
  const plane = Float32Array.from(data.subarray(0, height * width), (byte) => byte / 255);
  for (const { sigma, values } of reference.smoothing) {
    smoothing(height, width, sigma)(plane).forEach((value, p) =>
      ok(Math.abs(value - values[p]) < 2e-6, `sigma ${sigma}, pixel ${p}: ${value} ${values[p]}`)
    );
  }
});

Deno.test("plasmaFractal: mean, deviation and steps of many maps are imagecorruptions'", () => {
  for (const { side, decay, ...expected } of reference.plasma) {
    const maps = Array.from({ length: 400 }, (_, i) => plasmaFractal(prng(i), side, decay));
    const mean = (values: ArrayLike<number>) =>
      Float64Array.from(values).reduce((a, b) => a + b) / values.length;
    const measured = {
      mean: maps.map(mean),
      deviation: maps.map((map) => Math.sqrt(mean(map.map((v) => v * v)) - mean(map) ** 2)),
      step: maps.map((map) =>
        mean(map.map((v, p) => Math.abs(v - map[p % side ? p - 1 : p + side - 1])))
      ),
    };
    for (const name of ["mean", "deviation", "step"] as const) {
      const [value, error] = expected[name]; // ours has as large an error
      const off = Math.abs(mean(measured[name]) - value);
      ok(off < 4 * Math.SQRT2 * error, `${name} at ${side}, ${decay}: off by ${off} (${error})`);
    }
  }
});
