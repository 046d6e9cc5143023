import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { Problem } from "../../lib/base/problem.ts";
import { vocAp } from "../../lib/evaluation/voc_ap.ts";
import { broken, cases, imagesOf, square } from "./detected.ts";

for (const testCase of cases) {
  Deno.test(`vocAp equals voc_eval: ${testCase.name}`, () => {
    const { classes, voc } = testCase;
    for (const year of [2007, 2012] as const) {
      const expected = voc[`${year}`];
      const { mean, perClass } = vocAp(imagesOf(testCase), { classes, year });
      strictEqual(perClass.length, expected.length);
      perClass.forEach((ap, c) => close(ap, expected[c], `${year}, class ${c}`));
      const defined = expected.filter((ap) => ap !== null);
      const sum = defined.reduce((a, b) => a + b, 0);
      close(mean, defined.length > 0 ? sum / defined.length : null, `${year}, mean`);
    }
  });
}

function close(actual: number | null, expected: number | null, what: string): void {
  if (actual === null || expected === null) strictEqual(actual, expected, what);
  else ok(Math.abs(actual - expected) <= 1e-6, `${what}: ${actual}, not ${expected}`);
}

Deno.test("vocAp: boxes in pixels that the devkit writes as first and last", () => {
  // The devkit's 1 … 10 and 1 … 5 share 5 of 10 pixels: no more than half. 1 … 6 are enough.
  const object = { ...square, x: 0 };
  const ap = (width: number) =>
    vocAp([{ objects: [object], detections: [{ ...object, width, score: 1 }] }], {
      ...{ classes: 1, year: 2012 },
    }).mean;
  deepStrictEqual([ap(5), ap(6)], [0, 1]);
});

Deno.test("vocAp: an object found twice is found wrongly once; a difficult one, or a crowd, never", () => {
  const twice = [{ ...square, score: 2 }, { ...square, score: 1 }];
  const other = { objects: [square], detections: [{ ...square, score: 0 }] };
  const ap = (marks: { difficult?: boolean; crowd?: boolean }, year: 2007 | 2012) =>
    vocAp([{ objects: [{ ...square, ...marks }], detections: twice }, other], {
      ...{ classes: 1, year },
    }).mean!;
  close(ap({}, 2012), (1 + 2 / 3) / 2, "area");
  close(ap({}, 2007), (6 * 1 + 5 * 2 / 3) / 11, "11 levels");
  strictEqual(ap({ difficult: true }, 2012), 1);
  strictEqual(ap({ crowd: true }, 2012), 1);
});

Deno.test("vocAp: of equal scores the earlier image goes first, then the earlier detection", () => {
  const right = { ...square, score: 1 }, wrong = { ...right, x: 100 };
  const ap = (...detections: typeof right[]) =>
    vocAp([{ objects: [square], detections }], { classes: 1, year: 2012 }).mean;
  deepStrictEqual([ap(right, wrong), ap(wrong, right)], [1, 0.5]);
  const found = { objects: [square], detections: [right] },
    lost = {
      objects: [],
      detections: [wrong],
    };
  strictEqual(vocAp([found, lost], { classes: 1, year: 2012 }).mean, 1);
  strictEqual(vocAp([lost, found], { classes: 1, year: 2012 }).mean, 0.5);
});

Deno.test("vocAp: classes without objects are null and in no mean, even where detected", () => {
  const images = [{
    objects: [square, { ...square, label: 2, difficult: true }],
    detections: [0, 1, 2].map((label) => ({ ...square, label, score: 1 })),
  }];
  for (const year of [2007, 2012] as const) {
    const { mean, perClass } = vocAp(images, { classes: 4, year });
    ok(Math.abs(mean! - 1) < 1e-12);
    deepStrictEqual(perClass.map((ap) => ap === null), [false, true, true, true]);
  }
  deepStrictEqual(vocAp([], { classes: 1, year: 2007 }), { mean: null, perClass: [null] });
});

Deno.test("vocAp: what cannot be ranked or placed is named", () => {
  for (const { image, message } of broken) {
    const images = [{ objects: [square], detections: [] }, image];
    throws(
      () => vocAp(images, { classes: 2, year: 2007 }),
      (error) => error instanceof Problem && message.test(error.message),
    );
  }
});
