/** What is random about the transformations, by its statistics. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { prng } from "../../../lib/base/prng.ts";
import type { Image } from "../../../lib/datasets/dataset.ts";
import { motionBlur, trace } from "../../../lib/datasets/transformations/blur.ts";
import type { Change } from "../../../lib/datasets/transformations/change.ts";
import { elastic } from "../../../lib/datasets/transformations/elastic.ts";
import { fog } from "../../../lib/datasets/transformations/fog.ts";
import {
  gaussianNoise,
  impulseNoise,
  shotNoise,
} from "../../../lib/datasets/transformations/noise.ts";

const side = 128, area = side * side;

const plain = (byte: number): Image => ({
  data: new Uint8Array(3 * area).fill(byte),
  height: side,
  width: side,
});

const bytes = (change: Change, image: Image) => [...change(image, prng(1)).data];
const mean = (values: number[]) => values.reduce((a, b) => a + b) / values.length;
function variance(values: number[]): number {
  const middle = mean(values);
  return mean(values.map((v) => (v - middle) ** 2));
}

/** Asserts that a measured value is the expected one, up to a relative error. */
function about(value: number, expected: number, relative: number, what: string) {
  ok(Math.abs(value - expected) <= relative * expected, `${what} is ${value}, not ${expected}`);
}

Deno.test("gaussianNoise: mean and deviation are right, channels are independent", () => {
  const values = bytes(gaussianNoise(0.08), plain(128));
  about(mean(values), 128, 0.002, "mean");
  about(Math.sqrt(variance(values)), Math.hypot(0.08 * 255, Math.sqrt(1 / 12)), 0.02, "deviation");
  const [red, green] = [values.slice(0, area), values.slice(area, 2 * area)];
  const product = mean(red.map((r, p) => (r - 128) * (green[p] - 128)));
  ok(Math.abs(product / variance(values)) < 5 / Math.sqrt(area), `correlation ${product}`);
  ok(mean(bytes(gaussianNoise(0.3), plain(255))) < 250, "white is clipped, not wrapped");
});

Deno.test("shotNoise: mean and variance are those of Poisson counts", () => {
  for (const [photons, byte] of [[60, 128], [500, 100], [12, 30]]) {
    const values = bytes(shotNoise(photons), plain(byte));
    about(mean(values), byte, 0.02, `mean of ${byte} at ${photons}`);
    about(variance(values), byte * 255 / photons, 0.05, `variance of ${byte} at ${photons}`);
  }
  deepStrictEqual(new Set(bytes(shotNoise(3), plain(0))), new Set([0]));
  const white = bytes(shotNoise(3), plain(255)); // at least 3 photons: white
  about(
    white.filter((v) => v === 255).length / white.length,
    1 - 8.5 * Math.exp(-3),
    0.02,
    "white",
  );
  deepStrictEqual([...new Set(white)].sort((a, b) => a - b), [0, 85, 170, 255]);
});

Deno.test("impulseNoise: as many values as asked for change, to black and white alike", () => {
  const values = bytes(impulseNoise(0.27), plain(77));
  for (const extreme of [0, 255]) {
    about(values.filter((v) => v === extreme).length / values.length, 0.135, 0.03, `${extreme}`);
  }
  strictEqual(values.filter((v) => ![0, 77, 255].includes(v)).length, 0);
});

Deno.test("motionBlur: a point is drawn out by as much as 45 degrees, upwards or downwards", () => {
  const point: Image = { data: new Uint8Array(3 * 41 * 41), height: 41, width: 41 };
  point.data[20 * 41 + 20] = 255;
  const ends = Array.from({ length: 200 }, (_, i) => {
    const { data } = motionBlur(10, 15)(point, prng(i));
    const lit = [...data.keys()].filter((p) => data[p] > 0);
    const end = lit.reduce((end, p) => p % 41 < end % 41 ? p : end);
    return { x: end % 41 - 20, y: Math.floor(end / 41) - 20 };
  });
  const angles = ends.map(({ x, y }) => Math.atan2(y, -x) * 180 / Math.PI);
  ok(Math.max(...angles) > 40 && Math.min(...angles) < -40);
  ok(angles.every((angle) => Math.abs(angle) < 48), `${angles}`);
  ok(Math.abs(mean(angles)) < 4 * 26 / Math.sqrt(200));
  about(trace(9, 2.5, -8).reduce((sum, { weight }) => sum + weight, 0), 1, 1e-9, "weights");
});

Deno.test("fog: a plane of one brightness spans what the thickness says; black stays black", () => {
  const values = bytes(fog(1.5, 1.75), plain(100)), bright = 100 / 255;
  const dimmed = bright / (bright + 1.5);
  strictEqual(Math.min(...values), Math.round(100 * dimmed));
  strictEqual(Math.max(...values), Math.round((100 + 255 * 1.5) * dimmed));
  deepStrictEqual(values.slice(0, area), values.slice(area, 2 * area)); // it has no colour
  deepStrictEqual(new Set(bytes(fog(3, 1.4), plain(0))), new Set([0]));
});

Deno.test("elastic: without an affine map, shifts are as large as smoothed noise is", () => {
  const ramp = plain(0); // a step of 1 a pixel, to the right
  ramp.data.forEach((_, p) => ramp.data[p] = 60 + p % side);
  const strength = 0.1, sigma = 0.03;
  const shifts = Array.from({ length: 10 }, (_, seed) => {
    const { data } = elastic(strength, sigma, 0)(ramp, prng(seed));
    return [...data.subarray(0, area)].map((value, p) => value - 60 - p % side)
      .filter((_, p) => p % side > 20 && p % side < side - 20);
  }).flat();
  const expected = strength * side * Math.sqrt(1 / 3) / (2 * sigma * side * Math.sqrt(Math.PI));
  about(Math.sqrt(variance(shifts)), Math.hypot(expected, Math.sqrt(1 / 12)), 0.1, "deviation");
  ok(Math.abs(mean(shifts)) < 0.05);
  deepStrictEqual(bytes(elastic(0, 0, 0), ramp), [...ramp.data]);
});

Deno.test("elastic: the affine map moves no point of the triangle farther than asked", () => {
  const ramp = plain(0);
  ramp.data.forEach((_, p) => ramp.data[p] = 60 + p % side);
  const arm = Math.floor(side / 3), at = (side / 2 + arm) * side + side / 2 + arm;
  const shifts = Array.from({ length: 200 }, (_, i) => {
    const { data } = elastic(0, 0, 0.05)(ramp, prng(i));
    return data[at] - ramp.data[at];
  });
  ok(Math.max(...shifts.map(Math.abs)) <= 1.5 * 0.05 * side);
  about(Math.sqrt(variance(shifts)), 0.05 * side / Math.sqrt(3), 0.2, "deviation");
});
