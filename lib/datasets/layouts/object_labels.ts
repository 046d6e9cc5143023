/** From the objects of an image to its classes. */
import type { Box } from "../dataset.ts";

/** The distinct classes of objects, that of the largest box first. */
export function labelsByArea(boxes: readonly Box[]): number[] {
  const byArea = boxes.toSorted((a, b) => b.width * b.height - a.width * a.height);
  return [...new Set(byArea.map(({ label }) => label))];
}
