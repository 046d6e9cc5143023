/** Where a crop lies in a file that holds the image at another size. */
import type { Frame } from "../datasets/dataset.ts";
import { jpegMargin } from "../engine/mod.ts";
import type { Crop } from "./parameters.ts";

/** What is decoded, and how it becomes a square. */
export interface Placement {
  /** The whole pixels that the crop touches. */
  window: Crop;
  /** With some columns more on each side, as far as the frame goes: see the engine's `jpegCrop`. */
  decoded: Crop;
  /** (1, scale) and (0, shift), for y, then for x: see the engine's `resized`. */
  grid: number[];
}

/**
 * Scales and shifts a crop of an image into the frame of its file that stands for the image.
 *
 * @param crop in pixels of the extent
 * @param size side of the view
 */
export function place(
  crop: Crop,
  extent: { height: number; width: number },
  frame: Frame,
  size: number,
): Placement {
  const y = placeAxis(frame.top, frame.height / extent.height, crop.top, crop.height, size);
  const x = placeAxis(frame.left, frame.width / extent.width, crop.left, crop.width, size);
  const left = Math.max(x.first - jpegMargin, down(frame.left));
  const right = Math.min(x.first + x.count + jpegMargin, up(frame.left + frame.width));
  const rows = { top: y.first, height: y.count };
  return {
    window: { ...rows, left: x.first, width: x.count },
    decoded: { ...rows, left, width: right - left },
    grid: [...y.grid, ...x.grid],
  };
}

function placeAxis(origin: number, scale: number, start: number, length: number, size: number) {
  const from = origin + start * scale, to = origin + (start + length) * scale;
  const first = down(from);
  const perPixel = size / (to - from);
  return { first, count: up(to) - first, grid: [1, perPixel, 0, (first - from) * perPixel] };
}

/** To whole pixels; rounding errors of the scale must not touch another one. */
const down = (x: number) => Math.floor(x + 1e-6);
const up = (x: number) => Math.ceil(x - 1e-6);
