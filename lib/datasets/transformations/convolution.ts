/** Sums of neighbours with fixed weights, for kernels with few entries. */
import type { Image } from "../dataset.ts";
import { toByte } from "./change.ts";

/** One neighbour: pixel (x + dx, y + dy) counts with that weight. */
export interface Tap {
  dx: number;
  dy: number;
  weight: number;
}

/** The index within 0 … n - 1 that stands for an index beyond. */
export type Border = (index: number, n: number) => number;

/** … 2 1 0 1 2 …: the outermost pixel is not repeated. */
export const mirror: Border = (index, n) => {
  const period = Math.max(1, 2 * (n - 1)), i = ((index % period) + period) % period;
  return i < n ? i : period - i;
};

/** … 0 0 0 1 2 … */
export const edge: Border = (index, n) => Math.min(Math.max(index, 0), n - 1);

/** An image whose pixels are sums of their neighbours. */
export function correlate(image: Image, taps: readonly Tap[], border: Border): Image {
  const { data, height, width } = image, area = height * width;
  const changed = new Uint8Array(data.length);
  for (let from = 0; from < data.length; from += area) {
    const plane = correlatePlane(data.subarray(from, from + area), width, taps, border);
    for (let p = 0; p < area; p++) changed[from + p] = toByte(plane[p]);
  }
  return { data: changed, height, width };
}

/** The same for one plane of any numbers, rows of `width`. */
export function correlatePlane(
  plane: ArrayLike<number>,
  width: number,
  taps: readonly Tap[],
  border: Border,
): Float32Array {
  const height = plane.length / width, sums = new Float32Array(plane.length);
  const margin = Math.max(0, ...taps.map(({ dx, dy }) => Math.max(Math.abs(dx), Math.abs(dy))));
  const padded = pad(plane, { height, width, margin, border }), stride = width + 2 * margin;
  for (let y = 0; y < height; y++) {
    for (const { dx, dy, weight } of taps) {
      const from = (y + margin + dy) * stride + margin + dx, to = y * width;
      for (let x = 0; x < width; x++) sums[to + x] += weight * padded[from + x];
    }
  }
  return sums;
}

function pad(
  plane: ArrayLike<number>,
  { height, width, margin, border }: {
    height: number;
    width: number;
    margin: number;
    border: Border;
  },
): Float32Array {
  const stride = width + 2 * margin;
  const columns = Int32Array.from({ length: stride }, (_, x) => border(x - margin, width));
  const padded = new Float32Array(stride * (height + 2 * margin));
  for (let y = 0, at = 0; y < height + 2 * margin; y++) {
    const row = border(y - margin, height) * width;
    for (let x = 0; x < stride; x++) padded[at++] = plane[row + columns[x]];
  }
  return padded;
}
