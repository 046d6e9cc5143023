/** Fewer pixels: made small and large again, by PIL's box filter. */
import { type Change, perSize } from "./change.ts";
import { applyMap, linearMap } from "./linear_map.ts";

/** @param part of the side that is left, in pixels rounded down */
export function pixelate(part: number): Change {
  const mapOf = perSize((height, width) => {
    const rows = boxes(height, part), columns = boxes(width, part);
    return linearMap(height, width, (x, y, add) => {
      const weight = 1 / (rows[y].length * columns[x].length);
      for (const row of rows[y]) for (const column of columns[x]) add(row * width + column, weight);
    });
  });
  return (image) => applyMap(mapOf(image), image);
}

/**
 * The pixels of one axis that each of its pixels becomes the mean of. A small pixel is the mean of
 * the pixels whose centres lie in it; a large one shows the small one that its centre lies in.
 */
function boxes(n: number, part: number): number[][] {
  const few = Math.max(1, Math.floor(n * part)), scale = n / few;
  const small = Array.from({ length: few }, (_, i) => {
    const all = Array.from({ length: n }, (_, k) => k);
    return all.filter((k) => k + 0.5 > i * scale && k + 0.5 <= (i + 1) * scale);
  });
  return Array.from({ length: n }, (_, k) => small[Math.floor((k + 0.5) / scale)]);
}
