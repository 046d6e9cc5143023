/**
 * Layers: what a picture is composed of, one over the other.
 *
 * Positions and lengths are in units of the picture's side; pixels are in planar order.
 */
import type { Box } from "../dataset.ts";
import { edge, type Rgb } from "./backgrounds.ts";

/** A layer to be laid over others: premultiplied [3, size, size] colour and [size, size] alpha. */
export interface Layer {
  color: Float32Array;
  alpha: Float32Array;
}

/** A drawing: interleaved RGBA bytes (alpha not multiplied in), cut to what is visible. */
export interface Sprite {
  data: Uint8Array;
  width: number;
  height: number;
}

/** Where an object is: its centre, its longer side, and degrees clockwise. */
export interface Pose {
  x: number;
  y: number;
  scale: number;
  rotation: number;
}

/** A small shape of one colour. */
export interface Shape {
  kind: "disc" | "square" | "bar";
  x: number;
  y: number;
  /** Half of its longer side. */
  radius: number;
  /** Radians. */
  angle: number;
  color: Rgb;
}

/** Paints a shape. */
export function shapeLayer({ kind, x, y, radius, angle, color }: Shape, size: number): Layer {
  const c = Math.cos(angle), s = Math.sin(angle), thickness = kind === "bar" ? 0.4 : 1;
  const layer = emptyLayer(size);
  forEachPixel(size, (u, v, p) => {
    const a = c * (u - x) + s * (v - y), b = c * (v - y) - s * (u - x);
    const outside = kind === "disc"
      ? Math.hypot(a, b) - radius
      : Math.max(Math.abs(a) - radius, Math.abs(b) - radius * thickness);
    const alpha = layer.alpha[p] = edge(-outside);
    for (let k = 0; k < 3; k++) layer.color[k * size * size + p] = alpha * color[k];
  });
  return layer;
}

/**
 * A sprite, scaled and rotated about its centre. Each pixel is the mean of k x k samples, k so large
 * that no pixel of the sprite is skipped (antialiasing at every scale).
 */
export function spriteLayer(sprite: Sprite, pose: Pose, size: number): Layer {
  const { width, height, data } = sprite;
  const layer = emptyLayer(size), n = size * size;
  const zoom = Math.max(width, height) / (pose.scale * size); // sprite pixels a picture pixel
  const k = Math.max(2, Math.ceil(zoom)), weight = 1 / (255 * k * k);
  const angle = pose.rotation * Math.PI / 180;
  const c = Math.cos(angle) * zoom, s = Math.sin(angle) * zoom;
  const cx = pose.x * size, cy = pose.y * size, reach = Math.hypot(width, height) / zoom / 2 + 1;
  const from = (center: number) => Math.max(0, Math.floor(center - reach));
  const to = (center: number) => Math.min(size, Math.ceil(center + reach));
  for (let j = from(cy); j < to(cy); j++) {
    for (let i = from(cx); i < to(cx); i++) {
      let r = 0, g = 0, b = 0, a = 0;
      for (let sample = 0; sample < k * k; sample++) {
        const dx = i + (sample % k + 0.5) / k - cx,
          dy = j + (Math.floor(sample / k) + 0.5) / k - cy;
        const column = Math.floor(c * dx + s * dy + width / 2);
        const row = Math.floor(c * dy - s * dx + height / 2);
        if (column < 0 || row < 0 || column >= width || row >= height) continue;
        const at = 4 * (row * width + column), alpha = data[at + 3];
        r += alpha * data[at], g += alpha * data[at + 1], b += alpha * data[at + 2], a += alpha;
      }
      const p = j * size + i;
      layer.alpha[p] = a * weight;
      layer.color[p] = r * weight / 255;
      layer.color[n + p] = g * weight / 255;
      layer.color[2 * n + p] = b * weight / 255;
    }
  }
  return layer;
}

/** Lays a layer over a canvas, [3, size, size] colours in [0, 1]. */
export function layOver(canvas: Float32Array, { color, alpha }: Layer): void {
  const n = alpha.length;
  for (let p = 0; p < n; p++) {
    const through = 1 - alpha[p];
    if (through === 1) continue;
    for (let q = p; q < canvas.length; q += n) canvas[q] = canvas[q] * through + color[q];
  }
}

/** What is still seen of a layer under another. */
export function hide(below: Float32Array, alpha: Float32Array): void {
  for (let p = 0; p < below.length; p++) below[p] *= 1 - alpha[p];
}

const emptyLayer = (size: number): Layer => ({
  color: new Float32Array(3 * size * size),
  alpha: new Float32Array(size * size),
});

/**
 * The smallest box around the pixels with at least that coverage; empty where there is none.
 *
 * @param coverage rows of `width` values in [0, 1]
 */
export function boundingBox(
  coverage: Float32Array,
  width: number,
  least: number,
): Omit<Box, "label"> {
  let left = width, top = Infinity, right = -1, bottom = -1;
  for (let p = 0; p < coverage.length; p++) {
    if (coverage[p] < least) continue;
    const x = p % width, y = Math.floor(p / width);
    left = Math.min(left, x), right = Math.max(right, x);
    top = Math.min(top, y), bottom = Math.max(bottom, y);
  }
  if (right < 0) return { x: 0, y: 0, width: 0, height: 0 };
  return { x: left, y: top, width: right - left + 1, height: bottom - top + 1 };
}

/** Calls back with the centre of every pixel and its index. */
export function forEachPixel(size: number, each: (u: number, v: number, p: number) => void): void {
  for (let p = 0; p < size * size; p++) {
    each((p % size + 0.5) / size, (Math.floor(p / size) + 0.5) / size, p);
  }
}
