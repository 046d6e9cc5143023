/** Average precision as Pascal VOC defines it. */
import type { BoxedObject } from "../datasets/dataset.ts";
import { byClass, type Detected, type Detection, overlap } from "./box_overlap.ts";
import { interpolated, meanOfDefined, Outcome, precisions } from "./precision_recall.ts";

/** Average precisions, 0 … 1; null where there is no object to be found. */
export interface VocAp {
  /** Over the classes that have objects. */
  mean: number | null;
  /** [classes] */
  perClass: (number | null)[];
}

const least = 0.5; // IoU that must be exceeded

// As numpy's arange makes them: 0.3, 0.6 and 0.7 are a bit above, which decides whether 3 of 10 do.
const elevenLevels = Array.from({ length: 11 }, (_, i) => i * 0.1);

/**
 * Average precision at IoU 0.5: the mean precision at 11 levels of recall (the rule up to 2009,
 * `year: 2007`), or the area under the curve of precision made falling (since 2010, `year: 2012`).
 *
 * A detection belongs to the object of its class with the largest IoU (the first of several), and
 * finds it where the IoU exceeds 0.5 and no better detection has. It is ignored where that object is
 * difficult, or a crowd, which VOC does not know. Of equal scores, earlier images go first, and within an image earlier detections.
 *
 * The devkit writes a box as the first and last pixel that it covers, counted from 1, and adds 1 to
 * last - first. Here a box begins at x and is `width` wide, so that pixels 3 … 5 are x = 2 and
 * width = 3: the 1 is in the width already, and the devkit's areas are those of these boxes.
 *
 * Equal to py-faster-rcnn's and detectron2's `voc_eval`, given x + 1, y + 1, x + width, y + height;
 * but of equal scores theirs takes any order, for classes without objects (null here, and not in the
 * mean) it gives 0 or NaN, and adding 1 to fractions rounds, which can decide between equal IoUs.
 * The devkit itself asks for an IoU of 0.5 or more.
 *
 * @param classes labels are 0 … classes - 1
 * @throws {Problem} where a label is no class, a score is not finite, or a box has a negative side
 * @see Everingham et al. 2010, "The Pascal Visual Object Classes (VOC) Challenge", section 4.2
 *   (IJCV 88), and the development kit of 2012, section 3.4.1
 * @see https://github.com/facebookresearch/detectron2, evaluation/pascal_voc_evaluation.py
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * const cat = { x: 2, y: 2, width: 10, height: 10, label: 1 };
 * const images = [
 *   { objects: [cat, { ...cat, x: 20 }], detections: [{ ...cat, score: 0.9 }] },
 *   { objects: [], detections: [{ ...cat, score: 0.3 }] },
 * ];
 * deepStrictEqual(vocAp(images, { classes: 2, year: 2007 }).perClass, [null, 6 / 11]);
 * deepStrictEqual(vocAp(images, { classes: 2, year: 2012 }).perClass, [null, 1 / 2]);
 * ```
 */
export function vocAp(
  images: readonly Detected[],
  { classes, year }: { classes: number; year: 2007 | 2012 },
): VocAp {
  const perClass = byClass(images, classes).map((scenes) => {
    const wanted = scenes.flatMap(({ objects }) => objects).filter(counts).length;
    if (wanted === 0) return null;
    const found = precisions(outcomesOf(scenes));
    if (year === 2007) return interpolated(found, wanted, elevenLevels);
    return found.reduce((a, b) => a + b, 0) / wanted;
  });
  return { mean: meanOfDefined(perClass), perClass };
}

const counts = ({ difficult, crowd }: BoxedObject) => !difficult && !crowd;

/** What becomes of the detections of a class, best first. */
function outcomesOf(scenes: readonly Detected[]): number[] {
  const ranked = scenes.flatMap(({ objects, detections }) => {
    const found = objects.map(() => false);
    return detections.map((detection) => ({ objects, found, detection }));
  });
  ranked.sort((a, b) => b.detection.score - a.detection.score);
  return ranked.map(({ objects, found, detection }) => {
    const object = nearest(objects, detection);
    if (object < 0) return Outcome.wrong;
    if (!counts(objects[object])) return Outcome.ignored;
    if (found[object]) return Outcome.wrong;
    found[object] = true;
    return Outcome.right;
  });
}

/** The object that is overlapped most, -1 where none is enough. */
function nearest(objects: readonly BoxedObject[], detection: Detection): number {
  let best = -1, most = least;
  objects.forEach((object, i) => {
    const iou = overlap(detection, object);
    if (iou > most) [best, most] = [i, iou];
  });
  return best;
}
