/** Resampling as a linear map of planes: built once for a size, applied to every image of it. */
import type { Image } from "../dataset.ts";
import { toByte } from "./change.ts";
import { mirror } from "./convolution.ts";

/** Output pixel p is the sum of weight[k] times pixel source[k] for k = start[p] … start[p + 1] - 1. */
export interface LinearMap {
  start: Int32Array;
  source: Int32Array;
  weight: Float32Array;
}

/** Applies a map to every channel. */
export function applyMap({ start, source, weight }: LinearMap, image: Image): Image {
  const { data, height, width } = image, area = height * width;
  const changed = new Uint8Array(data.length);
  for (let from = 0; from < data.length; from += area) {
    for (let p = 0; p < area; p++) {
      let sum = 0;
      for (let k = start[p]; k < start[p + 1]; k++) sum += weight[k] * data[from + source[k]];
      changed[from + p] = toByte(sum);
    }
  }
  return { data: changed, height, width };
}

/** A map from its rows: for each output pixel, the weights of input pixels. */
export function linearMap(
  height: number,
  width: number,
  row: (x: number, y: number, add: (source: number, weight: number) => void) => void,
): LinearMap {
  const start = new Int32Array(height * width + 1), source: number[] = [], weight: number[] = [];
  const add = (from: number, part: number) => {
    if (part === 0) return;
    source.push(from);
    weight.push(part);
  };
  for (let y = 0, p = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      row(x, y, add);
      start[++p] = source.length;
    }
  }
  return { start, source: Int32Array.from(source), weight: Float32Array.from(weight) };
}

/**
 * Each pixel looks at another place, between four pixels (bilinear). Beyond its borders the image is
 * mirrored: no black corner gives away that it was moved.
 *
 * @param from the place that pixel (x, y) looks at; pixel centres are whole numbers
 */
export function warp(
  height: number,
  width: number,
  from: (x: number, y: number) => { x: number; y: number },
): LinearMap {
  return linearMap(height, width, (x, y, add) => {
    const at = from(x, y), left = Math.floor(at.x), top = Math.floor(at.y);
    const s = at.x - left, t = at.y - top;
    const columns = [mirror(left, width), mirror(left + 1, width)];
    const rows = [mirror(top, height) * width, mirror(top + 1, height) * width];
    add(rows[0] + columns[0], (1 - s) * (1 - t));
    add(rows[0] + columns[1], s * (1 - t));
    add(rows[1] + columns[0], (1 - s) * t);
    add(rows[1] + columns[1], s * t);
  });
}
