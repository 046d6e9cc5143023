/** Fog: a plasma fractal over the image. */
import type { Prng } from "../../base/prng.ts";
import { type Change, toByte } from "./change.ts";

/**
 * @param thickness of the fog, in units of the brightest value
 * @param decay how much finer structures are weaker: the larger, the smoother
 */
export const fog = (thickness: number, decay: number): Change => (image, random) => {
  const { data, height, width } = image, area = height * width;
  const side = 2 ** Math.ceil(Math.log2(Math.max(height, width)));
  const plasma = plasmaFractal(random, side, decay);
  const brightest = data.reduce((a, b) => Math.max(a, b), 0) / 255;
  const dimmed = brightest / (brightest + thickness), changed = new Uint8Array(data.length);
  for (let p = 0; p < data.length; p++) {
    const x = p % width, y = Math.floor(p % area / width);
    changed[p] = toByte((data[p] + 255 * thickness * plasma[y * side + x]) * dimmed);
  }
  return { data: changed, height, width };
};

/**
 * The diamond-square algorithm on a square that continues at the opposite side: each new point is the
 * mean of four around it and a uniform number, whose range shrinks by decay² from one scale to the
 * next (the published code scales by its range twice).
 *
 * @param side a power of two
 * @returns [side, side], stretched to 0 … 1
 */
export function plasmaFractal(random: Prng, side: number, decay: number): Float32Array {
  const map = new Float32Array(side * side);
  const at = (x: number, y: number) => map[(y & side - 1) * side + (x & side - 1)];
  let range = 1e4;
  for (let step = side; step >= 2; step /= 2, range /= decay ** 2) {
    const half = step / 2;
    const put = (x: number, y: number, sum: number) => {
      map[y * side + x] = sum / 4 + random.uniform(-range, range);
    };
    for (let y = 0; y < side; y += step) {
      for (let x = 0; x < side; x += step) {
        const sum = at(x, y) + at(x + step, y) + at(x, y + step) + at(x + step, y + step);
        put(x + half, y + half, sum);
      }
    }
    const diamond = (x: number, y: number) =>
      put(x, y, at(x - half, y) + at(x + half, y) + at(x, y - half) + at(x, y + half));
    for (let y = 0; y < side; y += step) {
      for (let x = 0; x < side; x += step) {
        diamond(x + half, y);
        diamond(x, y + half);
      }
    }
  }
  const least = map.reduce((a, b) => Math.min(a, b)), most = map.reduce((a, b) => Math.max(a, b));
  return map.map((height) => (height - least) / (most - least || 1));
}
