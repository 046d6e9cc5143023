/** The cases of detection_metrics.json, and boxes for tests of detection metrics. */
import type { Detection } from "../../lib/evaluation/box_overlap.ts";

import type { BoxedObject } from "../../lib/datasets/dataset.ts";

/** As detection_metrics.py describes it. */
export interface Case {
  name: string;
  images: number;
  classes: number;
  unit: number;
  areas: [number, number];
  objects: number[][];
  detections: number[][];
  coco: { stats: (number | null)[]; perClass: (number | null)[] };
  voc: Record<"2007" | "2012", (number | null)[]>;
}

export const cases: Case[] = JSON.parse(
  await Deno.readTextFile(new URL("../vectors/detection_metrics.json", import.meta.url)),
);

/** What both metrics take. */
export interface DetectedHere {
  objects: BoxedObject[];
  detections: Detection[];
}

/** The images of a case. */
export function imagesOf({ images, unit, objects, detections }: Case): DetectedHere[] {
  const box = ([_, label, x, y, width, height]: number[]) => ({
    label,
    ...{ x: x / unit, y: y / unit, width: width / unit, height: height / unit },
  });
  const made = Array.from(
    { length: images },
    (): DetectedHere => ({ objects: [], detections: [] }),
  );
  for (const row of objects) {
    const flag = row[6] === 1;
    const object = { ...box(row), crowd: flag, difficult: flag, area: row[7] / unit ** 2 };
    made[row[0]].objects.push(object);
  }
  for (const row of detections) made[row[0]].detections.push({ ...box(row), score: row[6] });
  return made;
}

/** A box that takes 10 x 10 px, of class 0. */
export const square = { x: 5, y: 5, width: 10, height: 10, label: 0 };

/** What neither metric takes: the line that it is refused with, and the image. */
export const broken: { message: RegExp; image: DetectedHere }[] = [
  {
    message: /^image 1, detection 0 has score NaN, which has no rank: give finite scores$/,
    image: { objects: [], detections: [{ ...square, score: NaN }] },
  },
  {
    message: /image 1, detection 1 has score Infinity/,
    image: {
      objects: [],
      detections: [{ ...square, score: 1 }, { ...square, score: Infinity }],
    },
  },
  {
    message: /image 1, detection 0 has a box of -10 x 10 px at \(5, 5\)/,
    image: { objects: [square], detections: [{ ...square, width: -10, score: 1 }] },
  },
  {
    message: /image 1, object 0 has a box of 10 x -1 px/,
    image: { objects: [{ ...square, height: -1 }], detections: [] },
  },
  {
    message: /image 1, detection 0 has a box of 10 x 10 px at \(NaN, 5\)/,
    image: { objects: [], detections: [{ ...square, x: NaN, score: 1 }] },
  },
  {
    message: /image 1, object 0 has label 2: give one of 0 … 1/,
    image: { objects: [{ ...square, label: 2 }], detections: [] },
  },
  {
    message: /image 1, detection 0 has label -1/,
    image: { objects: [], detections: [{ ...square, label: -1, score: 1 }] },
  },
  {
    message: /image 1, detection 0 has label 0.5/,
    image: { objects: [], detections: [{ ...square, label: 0.5, score: 1 }] },
  },
];
