/** Changes of place; what comes in from beyond the borders is the image, mirrored. */
import { type Change, perSize } from "./change.ts";
import { applyMap, type LinearMap, warp } from "./linear_map.ts";

const moved = (mapOf: (height: number, width: number) => LinearMap): Change => {
  const remembered = perSize(mapOf);
  return (image) => applyMap(remembered(image), image);
};

/** Turns the image about its middle, in degrees clockwise. */
export const rotation = (degrees: number): Change =>
  moved((height, width) => {
    const c = Math.cos(degrees * Math.PI / 180), s = Math.sin(degrees * Math.PI / 180);
    const middle = { x: (width - 1) / 2, y: (height - 1) / 2 };
    return warp(height, width, (x, y) => {
      const right = x - middle.x, down = y - middle.y;
      return { x: middle.x + c * right + s * down, y: middle.y + c * down - s * right };
    });
  });

/** Enlarges the image about its middle: 2 shows the central half of both sides. */
export const scale = (factor: number): Change =>
  moved((height, width) => {
    const from = (i: number, n: number) => (n - 1) / 2 + (i - (n - 1) / 2) / factor;
    return warp(height, width, (x, y) => ({ x: from(x, width), y: from(y, height) }));
  });

/** Moves the image to the right by a part of its width: whole pixels, so that nothing is blurred. */
export const translation = (part: number): Change =>
  moved((height, width) => {
    const right = Math.round(part * width);
    return warp(height, width, (x, y) => ({ x: x - right, y }));
  });

/** Left for right, where `flipped` is 1. */
export const horizontalFlip = (flipped: number): Change =>
  moved((height, width) => warp(height, width, (x, y) => ({ x: flipped ? width - 1 - x : x, y })));

/** Top for bottom, where `flipped` is 1. */
export const verticalFlip = (flipped: number): Change =>
  moved((height, width) => warp(height, width, (x, y) => ({ x, y: flipped ? height - 1 - y : y })));
