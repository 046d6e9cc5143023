import { deepStrictEqual } from "node:assert/strict";
import { accuracy } from "../../lib/evaluation/metrics.ts";

Deno.test("accuracy: top-1, top-5 and the mean over classes that occur", () => {
  const classes = 7;
  // The scores' order is that of the classes: 6 is best, 0 is worst.
  const row = [0, 1, 2, 3, 4, 5, 6];
  const labels = [6, 6, 6, 2, 1];
  const scores = { values: Float32Array.from(labels.flatMap(() => row)), classes };
  deepStrictEqual(accuracy(scores, labels), {
    top1: 3 / 5,
    top5: 4 / 5, // class 2 is fifth, class 1 is sixth
    meanPerClass: (1 + 0 + 0) / 3,
  });
});

Deno.test("accuracy: a constant score says class 0, and is right for it alone", () => {
  const scores = { values: new Float32Array(2 * 6), classes: 6 };
  deepStrictEqual(accuracy(scores, [0, 5]), { top1: 0.5, top5: 0.5, meanPerClass: 0.5 });
});
