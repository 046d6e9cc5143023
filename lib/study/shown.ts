/** What pictures show of a study: one backbone of each arm, those of the first method and seed. */
import type { Dataset } from "../datasets/dataset.ts";
import { type Features, selectRows } from "../evaluation/features.ts";
import { featuresOf } from "../evaluation/frozen.ts";
import type { Assessed, Assessments } from "./assessment.ts";
import { keptBackbone } from "./backbones.ts";
import type { Arm, Cell } from "./cell.ts";
import type { Observation } from "./comparison.ts";
import { average } from "./stats.ts";
import { detectionSplits, type ShownImage } from "./tasks/detection.ts";
import { unchanged } from "./tasks/invariance.ts";
import { targetOf } from "./tasks/target.ts";
import type { Watch } from "./watch.ts";

/** The first trained cell of each arm. */
function firstOfEachArm(cells: readonly Cell[]): Cell[] {
  const trained = cells.filter(({ arm }) => arm !== "untrained");
  return (["augmented", "semantic"] as const)
    .map((arm) => trained.find((cell) => cell.arm === arm)!);
}

/**
 * What the detectors on the first backbones, frozen where they are, found in the first test images,
 * as `figures.foundObjects` takes it: of each image as many of the surest as there are objects.
 */
export async function shownDetections(
  { cells, assessments }: Assessments,
  all: readonly Assessed[],
) {
  const rows = firstOfEachArm(cells).map((cell) => {
    const at = assessments.findIndex((assessment) => assessment.cell === cell);
    const shown = all[at].details.shown as ShownImage[];
    return { name: cell.arm, shown };
  });
  const [{ task }] = assessments;
  if (task.kind !== "detection") throw new TypeError(`${task.kind} shows no detections`);
  const { test } = await detectionSplits(task.data);
  return {
    test,
    images: rows[0].shown.map(({ image }) => image),
    rows: rows.map(({ name, shown }) => ({
      name,
      objects: shown.map(({ image, found }) => found.slice(0, test.boxes!(image).length)),
    })),
  };
}

/**
 * Images of the first classes that invariance is measured on, with their features in either arm.
 *
 * @returns row i of the features is of image `indices[i]` of `test`
 */
export async function shownFeatures(
  { cells, assessments: [{ task }] }: Assessments,
  { classes, perClass }: { classes: number; perClass: number },
  watch: Watch = {},
): Promise<{ test: Dataset; indices: number[]; arms: { arm: Arm; features: Features }[] }> {
  if (task.kind !== "invariance") throw new TypeError(`${task.kind} has no images to show`);
  const { test } = await targetOf(cells[0], task.images);
  const all = Array.from({ length: test.length }, (_, i) => i);
  const indices = Map.groupBy(all, (i) => test.label(i)).entries()
    .filter(([label]) => label < classes).flatMap(([, images]) => images.slice(0, perClass))
    .toArray();
  const arms: { arm: Arm; features: Features }[] = [];
  for (const cell of firstOfEachArm(cells)) {
    const network = await keptBackbone(cell, watch);
    const { size } = cell.training.views;
    const features = selectRows(await featuresOf(network, test, { size }), indices);
    arms.push({ arm: cell.arm, features });
    network.release();
  }
  return { test, indices, arms };
}

/**
 * Curves of a measure of the invariance task along the strengths of each change, mean over the methods;
 * strength 0 is the image as it is.
 */
export function changeCurves(rows: readonly Observation[], measure: string) {
  const those = rows.filter((row) => row.measure === measure);
  const steps = those.flatMap((row) => {
    const [, change, step] = /^(\w+) (\d+)$/.exec(row.subject) ?? [];
    return change === undefined ? [] : [{ ...row, panel: inWords(change), x: Number(step) }];
  });
  const panels = [...new Set(steps.map(({ panel }) => panel))];
  const starts = those.filter(({ subject }) => subject === unchanged)
    .flatMap((row) => panels.map((panel) => ({ ...row, panel, x: 0 })));
  const place = ({ panel, arm, seed, x }: (typeof steps)[0]) => `${panel}, ${arm}, ${seed}, ${x}`;
  return Map.groupBy([...starts, ...steps], place).values().map((group) => {
    const [{ panel, arm, seed, x }] = group;
    return { panel, arm, seed, x, value: average(group.map(({ value }) => value)) };
  }).toArray();
}

/** `gaussianNoise` → `gaussian noise`. */
const inWords = (name: string) => name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
