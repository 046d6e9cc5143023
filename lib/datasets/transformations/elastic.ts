/** Elastic deformation (Simard et al. 2003): a random affine map, then a smooth field of shifts. */
import type { Prng } from "../../base/prng.ts";
import type { Image } from "../dataset.ts";
import { type Change, perSize } from "./change.ts";
import { applyMap, warp } from "./linear_map.ts";

/**
 * Lengths are in units of the image's shorter side. The published code interpolates twice, once for
 * the affine map and once for the shifts; here both are one.
 *
 * @param strength factor on the smoothed shifts
 * @param sigma of the Gaussian that smooths them
 * @param affine how far each of three points of the affine map may go
 */
export function elastic(strength: number, sigma: number, affine: number): Change {
  const smoothOf = perSize((height, width) =>
    smoothing(height, width, sigma * Math.min(height, width))
  );
  const shifts = (image: Image, random: Prng) => {
    const field = new Float32Array(image.height * image.width);
    if (strength === 0) return field;
    const most = strength * Math.min(image.height, image.width);
    for (let p = 0; p < field.length; p++) field[p] = random.uniform(-most, most);
    return smoothOf(image)(field);
  };
  return (image, random) => {
    const { height, width } = image;
    const place = randomAffine(image, affine * Math.min(height, width), random);
    const right = shifts(image, random), down = shifts(image, random);
    const from = (x: number, y: number) => place(x + right[y * width + x], y + down[y * width + x]);
    return applyMap(warp(height, width, from), image);
  };
}

/** The map that brings three jittered points around the middle back to where they were. */
function randomAffine({ height, width }: Image, most: number, random: Prng) {
  const x = Math.floor(width / 2), y = Math.floor(height / 2);
  const arm = Math.max(1, Math.floor(Math.min(height, width) / 3));
  const jitter = (x: number, y: number) =>
    [x + random.uniform(-most, most), y + random.uniform(-most, most)] as const;
  const a = jitter(x + arm, y + arm), b = jitter(x + arm, y - arm), c = jitter(x - arm, y - arm);
  // b to a was (0, 2 arm), c to b was (2 arm, 0).
  const p = [a[0] - b[0], a[1] - b[1]], q = [b[0] - c[0], b[1] - c[1]];
  const unit = 2 * arm / (p[0] * q[1] - p[1] * q[0]);
  return (u: number, v: number) => {
    const right = u - b[0], down = v - b[1];
    return {
      x: x + arm + unit * (p[0] * down - p[1] * right),
      y: y - arm + unit * (q[1] * right - q[0] * down),
    };
  };
}

/** A Gaussian filter, cut off at 3 sigma; beyond its borders a plane is mirrored (… 1 0 0 1 …). */
export function smoothing(height: number, width: number, sigma: number) {
  const across = weightsOf(width, sigma), along = weightsOf(height, sigma);
  return (plane: Float32Array): Float32Array => {
    const rows = smoothRows(plane, across, width);
    return transpose(smoothRows(transpose(rows, width), along, height), height);
  };
}

function smoothRows(plane: Float32Array, weights: Float32Array, width: number): Float32Array {
  const smoothed = new Float32Array(plane.length);
  for (let from = 0; from < plane.length; from += width) {
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (let k = 0; k < width; k++) sum += weights[x * width + k] * plane[from + k];
      smoothed[from + x] = sum;
    }
  }
  return smoothed;
}

/** [n, n]: a sigma may be as long as the side, weights of mirrored pixels are folded back. */
function weightsOf(n: number, sigma: number): Float32Array {
  const reach = Math.floor(3 * sigma + 0.5), weights = new Float32Array(n * n);
  const bell = (d: number) => d === 0 ? 1 : Math.exp(-d * d / (2 * sigma * sigma));
  let total = 0;
  for (let d = -reach; d <= reach; d++) total += bell(d);
  for (let x = 0; x < n; x++) {
    for (let d = -reach; d <= reach; d++) {
      const i = (((x + d) % (2 * n)) + 2 * n) % (2 * n);
      weights[x * n + (i < n ? i : 2 * n - 1 - i)] += bell(d) / total;
    }
  }
  return weights;
}

function transpose(plane: Float32Array, width: number): Float32Array {
  const height = plane.length / width, turned = new Float32Array(plane.length);
  for (let y = 0, p = 0; y < height; y++) {
    for (let x = 0; x < width; x++) turned[x * height + y] = plane[p++];
  }
  return turned;
}
