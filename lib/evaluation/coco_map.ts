/** Average precision and recall as COCO defines them. */
import { Problem } from "../base/problem.ts";
import type { Box, BoxedObject } from "../datasets/dataset.ts";
import {
  areaOf,
  byClass,
  type Detected,
  type Detection,
  intersection,
  overlap,
} from "./box_overlap.ts";
import { interpolated, meanOfDefined, Outcome, precisions } from "./precision_recall.ts";

/** COCO's twelve numbers and the AP of each class, 0 … 1; null where there is no object to be found. */
export interface CocoMetrics {
  /** Mean over IoU thresholds 0.5, 0.55 … 0.95. */
  ap: number | null;
  ap50: number | null;
  ap75: number | null;
  apSmall: number | null;
  apMedium: number | null;
  apLarge: number | null;
  /** Recall by the best detection of each class in an image, mean over IoU thresholds. */
  ar1: number | null;
  /** By the best 10. */
  ar10: number | null;
  /** By the best 100. */
  ar100: number | null;
  arSmall: number | null;
  arMedium: number | null;
  arLarge: number | null;
  /** [classes]: `ap` of each. */
  perClass: (number | null)[];
}

// To the last bit what numpy's linspace makes: matches are often exactly at a threshold.
const thresholds = Array.from({ length: 10 }, (_, i) => 0.5 + i * ((0.95 - 0.5) / 9));
const levels = Array.from({ length: 101 }, (_, i) => i * 0.01);
const limits = [1, 10, 100];

/**
 * The metrics of COCO's detection challenge for boxes: what pycocotools' COCOeval prints, to 1e-6,
 * where it prints -1 for what is not defined (null here).
 *
 * As there:
 * - Of each class, the best 100 detections of an image are kept, more are dropped.
 * - Best first, a detection takes the object of its class with the largest IoU of at least the
 *   threshold (the last of several) that is not taken yet. Only where there is none may it take a
 *   crowd, and counts neither way; the IoU with a crowd is the part of the detection that lies in
 *   it, and a crowd may be taken often.
 * - For a range of areas, objects beyond it are like crowds, but with their IoU and taken once (and so
 *   are objects marked as difficult, which COCO does not know); a
 *   detection beyond it that finds nothing counts neither way. An area on a limit is in both ranges.
 * - Of equal scores, earlier images go first, and within an image earlier detections.
 * - Precision is made falling and averaged over recalls 0, 0.01 … 1.
 * - A class without objects that count is left out of the means.
 *
 * @param classes labels are 0 … classes - 1
 * @param areas square pixels up to which an object is small, from which it is large; COCO's by
 *   default, which call all of a 32-pixel image small
 * @throws {Problem} where a label is no class, a score is not finite, a box or area is negative, or
 *   where areas do not rise
 * @see Lin et al. 2014, "Microsoft COCO: Common Objects in Context" (arXiv 1405.0312), and
 *   https://cocodataset.org/#detection-eval
 * @see https://github.com/ppwwyyxx/cocoapi, pycocotools/cocoeval.py (pycocotools 2.0.11)
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * const cat = { x: 2, y: 2, width: 10, height: 10, label: 1 };
 * const { ap50, ap, apSmall, apLarge } = cocoMetrics([
 *   { objects: [cat], detections: [{ ...cat, width: 8, score: 0.9 }] }, // an IoU of 0.8
 * ], { classes: 2 });
 * strictEqual(ap50, 1);
 * strictEqual(ap, 0.7); // found at 7 of 10 thresholds
 * strictEqual(apSmall, 0.7);
 * strictEqual(apLarge, null);
 * ```
 */
export function cocoMetrics(
  images: readonly Detected[],
  { classes, areas = [32 ** 2, 96 ** 2] }: { classes: number; areas?: readonly [number, number] },
): CocoMetrics {
  const ranges = rangesOf(areas);
  checkAreas(images);
  const curves = byClass(images, classes).map((parts) => {
    const ranking = rankingOf(parts.map(sceneOf));
    return ranges.map((range) => curveOf(ranking, range));
  });
  const mean = (range: number, of: (curve: Curve) => number) =>
    meanOfDefined(curves.map((class_) => class_[range] && of(class_[range])));
  const ap = ({ precision }: Curve) => meanOfDefined(precision)!;
  const ar = (limit: number) => ({ recall }: Curve) => meanOfDefined(recall[limit])!;
  const [all, small, medium, large] = ranges.keys();
  return {
    ap: mean(all, ap),
    ap50: mean(all, ({ precision }) => precision[0]),
    ap75: mean(all, ({ precision }) => precision[5]),
    apSmall: mean(small, ap),
    apMedium: mean(medium, ap),
    apLarge: mean(large, ap),
    ar1: mean(all, ar(0)),
    ar10: mean(all, ar(1)),
    ar100: mean(all, ar(2)),
    arSmall: mean(small, ar(2)),
    arMedium: mean(medium, ar(2)),
    arLarge: mean(large, ar(2)),
    perClass: curves.map(([curve]) => curve && ap(curve)),
  };
}

/** Areas in square pixels; both limits are within. */
type Range = readonly [least: number, most: number];

/** All, small, medium, large. */
function rangesOf([small, large]: readonly [number, number]): Range[] {
  const most = 1e5 ** 2; // COCO's; larger ones count nowhere
  if (small >= 0 && small <= large && large <= most) {
    return [[0, most], [0, small], [small, large], [large, most]];
  }
  throw new Problem(`areas of ${small} and ${large} px² do not rise: e.g. give 32², 96²`);
}

function checkAreas(images: readonly Detected[]): void {
  images.forEach(({ objects }, image) =>
    objects.forEach(({ area = 0 }, i) => {
      if (area >= 0 && area < Infinity) return;
      throw new Problem(`image ${image}, object ${i} has area ${area}: give 0 or more`);
    })
  );
}

/** One class in one image: at most 100 detections, best first. */
interface Scene extends Detected {
  /** [detections, objects] */
  ious: Float64Array;
}

function sceneOf({ objects, detections: all }: Detected): Scene {
  const detections = all.toSorted((a, b) => b.score - a.score).slice(0, limits.at(-1));
  const ious = new Float64Array(detections.length * objects.length);
  let at = 0;
  for (const detection of detections) {
    for (const object of objects) {
      ious[at++] = object.crowd ? partWithin(detection, object) : overlap(detection, object);
    }
  }
  return { objects, detections, ious };
}

function partWithin(detection: Detection, crowd: Box): number {
  const shared = intersection(detection, crowd);
  return shared > 0 ? shared / areaOf(detection) : 0;
}

/** All detections of a class in one list, best first. */
interface Ranking {
  /** The images with objects, and where in the list their detections are. */
  scenes: readonly (Scene & { places: Int32Array })[];
  /** [list]: how many of its own image are before each. */
  ranks: Uint8Array;
  /** [list]: square pixels. */
  areas: Float64Array;
}

function rankingOf(scenes: readonly Scene[]): Ranking {
  const list = scenes.flatMap(({ detections }, scene) =>
    detections.map((detection, rank) => ({ scene, rank, detection }))
  ).sort((a, b) => b.detection.score - a.detection.score);
  const placed = scenes.map((scene) => ({
    ...scene,
    places: new Int32Array(scene.detections.length),
  }));
  list.forEach(({ scene, rank }, place) => placed[scene].places[rank] = place);
  return {
    scenes: placed.filter(({ objects }) => objects.length > 0),
    ranks: Uint8Array.from(list, ({ rank }) => rank),
    areas: Float64Array.from(list, ({ detection }) => areaOf(detection)),
  };
}

/** Of one class in one range of areas. */
interface Curve {
  /** [thresholds]: averaged over recall levels. */
  precision: number[];
  /** [limits][thresholds] */
  recall: number[][];
}

function curveOf({ scenes, ranks, areas }: Ranking, range: Range): Curve | null {
  const roles = scenes.map(({ objects }) => rolesOf(objects, range));
  const objects = roles.flatMap(({ ignored }) => ignored).filter((ignored) => !ignored).length;
  if (objects === 0) return null;
  const precision: number[] = [], recall = limits.map((): number[] => []);
  const lost = Uint8Array.from(
    areas,
    (area) => within(area, range) ? Outcome.wrong : Outcome.ignored,
  );
  for (const threshold of thresholds) {
    const outcomes = lost.slice();
    scenes.forEach((scene, i) => match(scene, roles[i], threshold, outcomes));
    precision.push(interpolated(precisions(outcomes), objects, levels));
    limits.forEach((limit, i) => recall[i].push(rightAmong(outcomes, ranks, limit) / objects));
  }
  return { precision, recall };
}

/** How many are right of those that are among the first of their image. */
function rightAmong(outcomes: Uint8Array, ranks: Uint8Array, limit: number): number {
  let right = 0;
  for (let i = 0; i < ranks.length; i++) {
    if (outcomes[i] === Outcome.right && ranks[i] < limit) right++;
  }
  return right;
}

/** What a range of areas makes of an image's objects. */
interface Roles {
  /** [objects]: which count for nothing. */
  ignored: boolean[];
  /** All objects, with those last. */
  turns: number[];
}

function rolesOf(objects: readonly BoxedObject[], range: Range): Roles {
  const ignored = objects.map((object): boolean =>
    object.crowd || object.difficult || !within(object.area ?? areaOf(object), range)
  );
  const turns = [...objects.keys()].sort((a, b) => Number(ignored[a]) - Number(ignored[b]));
  return { ignored, turns };
}

const within = (area: number, [least, most]: Range) => area >= least && area <= most;

/** Writes down which of an image's detections take an object. */
function match(
  scene: Ranking["scenes"][number],
  roles: Roles,
  threshold: number,
  outcomes: Uint8Array,
): void {
  const taken = scene.objects.map(() => false);
  scene.places.forEach((place, row) => {
    const object = partnerOf(row, scene, roles, taken, threshold);
    if (object < 0) return;
    taken[object] = !scene.objects[object].crowd;
    outcomes[place] = roles.ignored[object] ? Outcome.ignored : Outcome.right;
  });
}

/** The object that a detection takes, -1 where there is none; one that counts goes first. */
function partnerOf(
  row: number,
  { objects, ious }: Scene,
  { ignored, turns }: Roles,
  taken: readonly boolean[],
  threshold: number,
): number {
  let best = -1, most = threshold;
  for (const object of turns) {
    if (taken[object]) continue;
    if (best >= 0 && !ignored[best] && ignored[object]) break;
    const iou = ious[row * objects.length + object];
    if (iou >= most) [best, most] = [object, iou];
  }
  return best;
}
