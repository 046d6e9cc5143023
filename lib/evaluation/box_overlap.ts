/** Boxes that a detector found beside those that are there, and how far two boxes overlap. */
import { Problem } from "../base/problem.ts";
import type { Box, BoxedObject } from "../datasets/dataset.ts";

/** An object that a detector found. */
export interface Detection extends Box {
  /** Any finite number: the larger, the surer. */
  score: number;
}

/** The objects that are in an image, and those that a detector found in it. */
export interface Detected {
  objects: readonly BoxedObject[];
  detections: readonly Detection[];
}

/** A box's area in square pixels. */
export function areaOf({ width, height }: Box): number {
  return width * height;
}

/** The area in square pixels that two boxes share. */
export function intersection(a: Box, b: Box): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  return width > 0 && height > 0 ? width * height : 0;
}

/**
 * Intersection over union of two boxes, 0 … 1; 0 where one has no area.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * const box = { x: 0, y: 0, width: 3, height: 2, label: 0 };
 * strictEqual(overlap(box, { ...box, x: 1 }), 4 / 8);
 * ```
 */
export function overlap(a: Box, b: Box): number {
  const shared = intersection(a, b);
  return shared > 0 ? shared / (areaOf(a) + areaOf(b) - shared) : 0;
}

/**
 * What is of each class, image by image in their order; images that have nothing of a class are
 * left out of it.
 *
 * @throws {Problem} where a label is no class, where a score is not finite, where a box is none
 */
export function byClass(
  images: readonly Detected[],
  classes: number,
): Detected[][] {
  const parts = Array.from({ length: classes }, (): Detected[] => []);
  images.forEach(({ objects, detections }, image) => {
    const here = new Map<number, { objects: BoxedObject[]; detections: Detection[] }>();
    const of = (label: number) => {
      if (!here.has(label)) here.set(label, { objects: [], detections: [] });
      return here.get(label)!;
    };
    objects.forEach((object, i) => {
      checkBox(object, classes, () => `image ${image}, object ${i}`);
      of(object.label).objects.push(object);
    });
    detections.forEach((detection, i) => {
      checkBox(detection, classes, () => `image ${image}, detection ${i}`);
      checkScore(detection, () => `image ${image}, detection ${i}`);
      of(detection.label).detections.push(detection);
    });
    for (const [label, part] of here) parts[label].push(part);
  });
  return parts;
}

function checkBox({ x, y, width, height, label }: Box, classes: number, where: () => string) {
  if (!Number.isInteger(label) || label < 0 || label >= classes) {
    throw new Problem(`${where()} has label ${label}: give one of 0 … ${classes - 1}`);
  }
  if ([x, y, width, height].every(Number.isFinite) && width >= 0 && height >= 0) return;
  throw new Problem(
    `${where()} has a box of ${width} x ${height} px at (${x}, ${y}): ` +
      "give finite numbers, and sides of 0 or more",
  );
}

function checkScore({ score }: Detection, where: () => string): void {
  if (Number.isFinite(score)) return;
  throw new Problem(`${where()} has score ${score}, which has no rank: give finite scores`);
}
