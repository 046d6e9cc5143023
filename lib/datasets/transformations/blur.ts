/** Blur of a lens out of focus, of a camera that moves across, and of one that moves ahead. */
import type { Change } from "./change.ts";
import { perSize } from "./change.ts";
import { correlate, correlatePlane, edge, mirror, type Tap } from "./convolution.ts";
import { applyMap, type LinearMap, linearMap } from "./linear_map.ts";

/**
 * A disk, smoothed.
 *
 * @param radius in pixels; less than 1: only the smoothing is left
 * @param smoothing sigma of a Gaussian of 3 x 3 pixels (5 x 5 for a radius above 8)
 */
export function defocusBlur(radius: number, smoothing: number): Change {
  const taps = disk(radius, smoothing);
  return (image) => correlate(image, taps, mirror);
}

/** The kernel of that blur. Its frame is at least 8 pixels wide, as in the published code. */
function disk(radius: number, smoothing: number): Tap[] {
  const reach = radius <= 8 ? 8 : Math.floor(radius), side = 2 * reach + 1;
  const sharp = Float32Array.from({ length: side * side }, (_, p) => {
    const dx = p % side - reach, dy = Math.floor(p / side) - reach;
    return dx * dx + dy * dy <= radius * radius ? 1 : 0;
  });
  const area = sharp.reduce((sum, one) => sum + one, 0);
  const smooth = correlatePlane(sharp, side, gaussian(radius <= 8 ? 1 : 2, smoothing), mirror);
  return Array.from(smooth, (weight, p) => ({
    dx: p % side - reach,
    dy: Math.floor(p / side) - reach,
    weight: weight / area,
  })).filter(({ weight }) => weight > 1e-9);
}

function gaussian(reach: number, sigma: number): Tap[] {
  const steps = Array.from({ length: 2 * reach + 1 }, (_, i) => i - reach);
  const bell = (d: number) => Math.exp(-d * d / (2 * sigma * sigma));
  const total = steps.reduce((sum, d) => sum + bell(d), 0) ** 2;
  return steps.flatMap((dy) =>
    steps.map((dx) => ({ dx, dy, weight: bell(dx) * bell(dy) / total }))
  );
}

/**
 * A trace behind every point, in a direction up to 45 degrees off the horizontal.
 *
 * @param radius the trace is 2 radius + 1 pixels long
 * @param sigma of the half of a Gaussian by which it fades, in pixels
 */
export const motionBlur = (radius: number, sigma: number): Change => (image, random) =>
  correlate(image, trace(radius, sigma, random.uniform(-45, 45)), edge);

/** The kernel of that blur; the angle is in degrees. */
export function trace(radius: number, sigma: number, angle: number): Tap[] {
  const weights = Array.from(
    { length: 2 * radius + 1 },
    (_, i) => Math.exp(-i * i / (2 * sigma ** 2)),
  );
  const total = weights.reduce((a, b) => a + b);
  const right = Math.cos(angle * Math.PI / 180), down = Math.sin(angle * Math.PI / 180);
  return weights.map((weight, i) => ({
    dx: Math.ceil(i * right - 0.5),
    dy: Math.ceil(i * down - 0.5),
    weight: weight / total,
  }));
}

/**
 * The mean of the image and of ever larger enlargements of its middle.
 *
 * @param most enlargements are below that, up to rounding: what numpy's arange gives counts
 * @param step between two enlargements
 */
export function zoomBlur(most: number, step: number): Change {
  const count = Math.ceil((most - 1) / step);
  const factors = Array.from({ length: count }, (_, i) => 1 + i * (1 + step - 1)); // as arange
  const mapOf = perSize((height, width) => meanOfZooms(height, width, [1, ...factors]));
  return (image) => applyMap(mapOf(image), image);
}

function meanOfZooms(height: number, width: number, factors: number[]): LinearMap {
  const columns = factors.map((factor) => zoomedAxis(width, factor));
  const rows = factors.map((factor) => zoomedAxis(height, factor));
  return linearMap(height, width, (x, y, add) => {
    const weights = new Map<number, number>(); // many enlargements look at the same pixels
    const put = (row: number, column: number, weight: number) => {
      const source = Math.min(row, height - 1) * width + Math.min(column, width - 1);
      weights.set(source, (weights.get(source) ?? 0) + weight / factors.length);
    };
    factors.forEach((_, f) => {
      const column = Math.floor(columns[f][x]), row = Math.floor(rows[f][y]);
      const s = columns[f][x] - column, t = rows[f][y] - row;
      put(row, column, (1 - s) * (1 - t));
      put(row, column + 1, s * (1 - t));
      put(row + 1, column, (1 - s) * t);
      put(row + 1, column + 1, s * t);
    });
    weights.forEach((weight, source) => add(source, weight));
  });
}

/**
 * Where the pixels of an enlarged axis come from. The middle part of ceil(n / factor) pixels is drawn
 * out, end to end (scipy's zoom), and what is then too long is cut off on both sides.
 */
function zoomedAxis(n: number, factor: number): number[] {
  const part = Math.ceil(n / factor), first = Math.floor((n - part) / 2);
  const long = roundHalfToEven(part * factor), cut = Math.floor((long - n) / 2);
  const step = (part - 1) / Math.max(1, long - 1);
  return Array.from({ length: n }, (_, i) => first + (i + cut) * step);
}

/** As Python rounds. */
function roundHalfToEven(x: number): number {
  const below = Math.floor(x);
  return x - below === 0.5 ? below + below % 2 : Math.round(x);
}
