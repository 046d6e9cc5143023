import { deepStrictEqual, ok, throws } from "node:assert/strict";
import { Problem } from "../../lib/base/problem.ts";
import { wilsonInterval } from "../../lib/base/wilson.ts";
import { accuracy, hits } from "../../lib/evaluation/metrics.ts";
import { uniform } from "../vectors/inputs.ts";
import reference from "../vectors/evaluation.json" with { type: "json" };

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
  deepStrictEqual(hits(scores, labels), Uint8Array.of(1, 1, 1, 0, 0));
});

Deno.test("accuracy: a constant score says class 0, and is right for it alone", () => {
  const scores = { values: new Float32Array(2 * 6), classes: 6 };
  deepStrictEqual(accuracy(scores, [0, 5]), { top1: 0.5, top5: 0.5, meanPerClass: 0.5 });
});

Deno.test("accuracy: as scikit-learn's, with classes absent too", () => {
  for (const { name, labels, classes, ...expected } of reference.accuracies) {
    const values = uniform(name, labels.length * classes);
    labels.forEach((label, i) => values[i * classes + label] += 0.5);
    const ours = accuracy({ values, classes }, labels);
    const right = hits({ values, classes }, labels);
    ok(Math.abs(right.reduce((sum, hit) => sum + hit, 0) / labels.length - expected.top1) < 1e-12);
    for (const metric of ["top1", "top5", "meanPerClass"] as const) {
      ok(Math.abs(ours[metric] - expected[metric]) < 1e-12, `${name}, ${metric}: ${ours[metric]}`);
    }
  }
});

Deno.test("accuracy: NaN, a label of no class and no images are Problems, not a right answer", () => {
  const scores = { values: Float32Array.of(0, 1, NaN, 0), classes: 2 };
  const fails = (labels: number[], pattern: RegExp) =>
    throws(
      () => accuracy(scores, labels),
      (error: Error) => error instanceof Problem && pattern.test(error.message),
    );
  throws(() => hits(scores, [1, 0]), /score of image 1 is NaN/);
  fails([1, 0], /score of image 1 is NaN/);
  fails([1, 2], /image 1 has label 2.*2 classes/);
  fails([-1, 0], /image 0 has label -1/);
  fails([], /no images/);
});

Deno.test("wilsonInterval equals scipy's", () => {
  for (const { correct, n, ...expected } of reference.intervals) {
    const { low, high } = wilsonInterval(correct / n, n);
    ok(Math.abs(low - expected.low) < 1e-9, `${low}, ${expected.low}`);
    ok(Math.abs(high - expected.high) < 1e-9, `${high}, ${expected.high}`);
  }
});
