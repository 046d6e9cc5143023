import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { Problem } from "../../lib/base/problem.ts";
import { type CocoMetrics, cocoMetrics } from "../../lib/evaluation/coco_map.ts";
import { broken, cases, imagesOf, square } from "./detected.ts";

/** In the order of COCOeval.stats. */
const statsOf = (m: CocoMetrics) => [
  ...[m.ap, m.ap50, m.ap75, m.apSmall, m.apMedium, m.apLarge],
  ...[m.ar1, m.ar10, m.ar100, m.arSmall, m.arMedium, m.arLarge],
];

for (const testCase of cases) {
  Deno.test(`cocoMetrics equals pycocotools: ${testCase.name}`, () => {
    const { classes, areas, coco } = testCase;
    const metrics = cocoMetrics(imagesOf(testCase), { classes, areas });
    same(statsOf(metrics), coco.stats);
    same(metrics.perClass, coco.perClass);
  });
}

function same(actual: (number | null)[], expected: (number | null)[]): void {
  strictEqual(actual.length, expected.length);
  actual.forEach((value, i) => {
    if (value === null || expected[i] === null) strictEqual(value, expected[i], `number ${i}`);
    else ok(Math.abs(value - expected[i]) <= 1e-6, `number ${i}: ${value}, not ${expected[i]}`);
  });
}

Deno.test("cocoMetrics: the cases tell rules apart", () => {
  const totals = cases.map(({ coco }) => coco.stats);
  ok(totals.filter(([ap]) => ap !== null && ap > 0 && ap < 1).length >= 20);
  for (let i = 0; i < 12; i++) ok(new Set(totals.map((stats) => stats[i])).size >= 12);
});

Deno.test("cocoMetrics: what is found exactly is found wholly, in the default areas", () => {
  const sides = [10, 50, 200];
  const objects = sides.map((side, label) => ({ x: 0, y: 0, width: side, height: side, label }));
  const detections = objects.map((object) => ({ ...object, score: -1 }));
  const metrics = cocoMetrics([{ objects, detections }], { classes: 3 });
  deepStrictEqual(statsOf(metrics), Array(12).fill(1));
  deepStrictEqual(metrics.perClass, [1, 1, 1]);
});

Deno.test("cocoMetrics: classes without objects are null and in no mean, even where detected", () => {
  const images = [{ objects: [square], detections: [{ ...square, label: 1, score: 1 }] }];
  const { ap, ar100, apMedium, perClass } = cocoMetrics(images, { classes: 3 });
  deepStrictEqual([ap, ar100, apMedium], [0, 0, null]);
  deepStrictEqual(perClass, [0, null, null]);
});

Deno.test("cocoMetrics: no images, nothing defined", () => {
  const metrics = cocoMetrics([], { classes: 2 });
  deepStrictEqual(statsOf(metrics), Array(12).fill(null));
  deepStrictEqual(metrics.perClass, [null, null]);
});

Deno.test("cocoMetrics: one box that stands for several objects is found once for each", () => {
  const detections = [{ ...square, score: 1 }];
  const images = [{ objects: [square], detections }, { objects: [square], detections }];
  strictEqual(cocoMetrics(images, { classes: 1 }).ap, 1);
});

Deno.test("cocoMetrics: a difficult object counts neither way, but is found only once", () => {
  const easy = { x: 0, y: 0, width: 40, height: 40, label: 0 }, hard = { ...easy, x: 100 };
  const ap = (found: number) => {
    const detections = [...Array(found).fill({ ...hard, score: 2 }), { ...easy, score: 1 }];
    const objects = [{ ...hard, difficult: true }, easy];
    return cocoMetrics([{ objects, detections }], { classes: 1 }).ap!;
  };
  ok([ap(0), ap(1)].every((value) => Math.abs(value - 1) < 1e-12), `${ap(0)}, ${ap(1)}`);
  ok(Math.abs(ap(2) - 0.5) < 1e-12, `${ap(2)}`);
});

Deno.test("cocoMetrics leaves its input as it was", () => {
  const testCase = cases.find(({ name }) => name === "few scores")!;
  const images = imagesOf(testCase), before = structuredClone(images);
  cocoMetrics(images, testCase);
  deepStrictEqual(images, before);
});

Deno.test("cocoMetrics: what cannot be ranked or placed is named", () => {
  for (const { image, message } of broken) {
    const images = [{ objects: [square], detections: [] }, image];
    throws(() => cocoMetrics(images, { classes: 2 }), problem(message));
  }
  for (const area of [-1, NaN, Infinity]) {
    const images = [{ objects: [square, { ...square, area }], detections: [] }];
    const message = new RegExp(`^image 0, object 1 has area ${area}: give 0 or more$`);
    throws(() => cocoMetrics(images, { classes: 1 }), problem(message));
  }
});

Deno.test("cocoMetrics: areas that do not rise are refused", () => {
  for (const areas of [[96, 32], [-1, 5], [NaN, 5], [5, NaN], [5, Infinity]] as const) {
    throws(() => cocoMetrics([], { classes: 1, areas }), problem(/px² do not rise/));
  }
});

const problem = (message: RegExp) => (error: unknown) =>
  error instanceof Problem && message.test(error.message) && !error.message.includes("\n");
