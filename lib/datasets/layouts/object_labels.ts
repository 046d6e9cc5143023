/** From the objects of an image to its classes. */
import type { BoxedObject } from "../dataset.ts";

/** The distinct classes of objects, that of the largest box first; none of difficult ones or crowds. */
export function labelsByArea(boxes: readonly BoxedObject[]): number[] {
  const plain = boxes.filter(({ difficult, crowd }) => !difficult && !crowd);
  const byArea = plain.toSorted((a, b) => b.width * b.height - a.width * a.height);
  return [...new Set(byArea.map(({ label }) => label))];
}
