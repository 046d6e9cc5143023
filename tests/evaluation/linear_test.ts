import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { prng } from "../../lib/base/prng.ts";
import { Problem } from "../../lib/base/problem.ts";
import { liveTensors } from "../../lib/engine/mod.ts";
import { type Features, selectRows } from "../../lib/evaluation/features.ts";
import { classify, linearProbe, logisticRegression } from "../../lib/evaluation/linear.ts";
import { accuracy } from "../../lib/evaluation/metrics.ts";
import { stratifiedSplit } from "../../lib/evaluation/split.ts";
import { blurred, clusters } from "./clusters.ts";
import reference from "../vectors/evaluation.json" with { type: "json" };

const train = clusters("bank", 300), test = clusters("queries", 90);

Deno.test("logistic regression reaches scikit-learn's minimum and accuracy", async () => {
  for (const expected of reference.logistic) {
    const classifier = await logisticRegression(train, expected.c);
    ok(classifier.converged);
    ok(Math.abs(classifier.objective - expected.objective) < 1e-4, `${classifier.objective}`);
    const { top1 } = accuracy(await classify(classifier, test), test.labels);
    ok(Math.abs(top1 - expected.accuracy) <= 0.005, `${top1} and ${expected.accuracy}`);
  }
});

Deno.test("the linear probe takes the C that is best on a split of the training images", async () => {
  const grid = [1e-5, 1e-2, 1e2];
  const size = Math.sqrt(train.values.reduce((sum, v) => sum + v * v, 0) / train.values.length);
  const unit = { ...train, values: train.values.map((v) => v / size) };
  const { larger, smaller } = stratifiedSplit(train.labels, 0.2, prng(3));
  const [fitted, held] = [selectRows(unit, larger), selectRows(unit, smaller)];
  const validation: number[] = [];
  for (const c of grid) {
    const scores = await classify(await logisticRegression(fitted, c), held);
    validation.push(accuracy(scores, held.labels).top1);
  }
  const best = grid[validation.indexOf(Math.max(...validation))];

  const before = liveTensors();
  const probe = await linearProbe(train, { grid: grid.toReversed(), seed: 3 });
  deepStrictEqual(liveTensors(), before);
  strictEqual(probe.c, best);
  const whole = await logisticRegression(unit, best);
  ok(Math.abs(probe.objective - whole.objective) < 1e-4, "fitted on all training images");
  const [raw, divided] = [await classify(probe, train), await classify(whole, unit)];
  raw.values.forEach((v, i) =>
    ok(Math.abs(v - divided.values[i]) < 0.1, `${v}, ${divided.values[i]}`)
  );
});

Deno.test("classify: features of another width are a Problem", async () => {
  const classifier = await logisticRegression(train, 1);
  await rejects(
    classify(classifier, { ...test, width: 4 }),
    (error: Error) => error instanceof Problem && /4 features/.test(error.message),
  );
});

const problem = (pattern: RegExp) => (error: Error) =>
  error instanceof Problem && pattern.test(error.message);

for (const { name, labels, fits, ...options } of reference.sets) {
  Deno.test(`logistic regression equals scikit-learn's from C = 1e-6 to 1e5: ${name}`, async () => {
    const fitted = blurred("train", labels, options);
    const classes = Array.from({ length: 500 }, (_, i) => [0, 1, 2, 3, 5, 6][i % 6]);
    const others = blurred("others", classes, options);
    for (const { c, objective, accuracy: expected } of fits) {
      const usual = await logisticRegression(fitted, c);
      ok(usual.converged, `C ${c}`);
      ok(Math.abs(usual.objective - objective) < 1e-3, `C ${c}: ${usual.objective}, ${objective}`);
      const exact = await logisticRegression(fitted, c, { tolerance: 3e-7 });
      ok(Math.abs(exact.objective - objective) < 1e-5, `C ${c}: ${exact.objective}, ${objective}`);
      const { top1 } = accuracy(await classify(exact, others), others.labels);
      ok(Math.abs(top1 - expected) <= 0.005, `C ${c}: ${top1}, ${expected}`);
    }
  });
}

Deno.test("a class without training images is never predicted, however weak or strong the penalty", async () => {
  const few = blurred("train", [0, 1, 2, 3], { blur: 1 });
  for (const c of [1e-6, 1e6]) {
    const { values } = await classify(await logisticRegression(few, c), test);
    for (let row = 0; row < test.labels.length; row++) {
      const scores = values.subarray(row * 7, (row + 1) * 7);
      ok(Math.max(...scores.subarray(4)) < Math.max(...scores.subarray(0, 4)), `C ${c}, ${scores}`);
    }
  }
});

Deno.test("both sums: one minimum", async () => {
  const [single, double] = await Promise.all(
    (["single", "double"] as const).map((sums) => logisticRegression(train, 0.1, { sums })),
  );
  ok(Math.abs(single.objective - double.objective) < 1e-5);
  ok(single.objective !== double.objective, "two ways");
});

Deno.test("a feature that is no finite number is a Problem that names its image", async () => {
  for (const bad of [NaN, Infinity, -Infinity]) {
    const spoilt: Features = { ...train, values: train.values.slice() };
    spoilt.values[17 * 8 + 3] = bad;
    const named = problem(new RegExp(`feature 3 of image 17 is ${bad}`));
    const classifier = await logisticRegression(train, 1);
    await rejects(logisticRegression(spoilt, 1), named);
    await rejects(linearProbe(spoilt, { seed: 1 }), named);
    await rejects(classify(classifier, spoilt), named);
  }
});

Deno.test("no images to fit on, or none to choose C on, is a Problem", async () => {
  await rejects(logisticRegression(selectRows(train, []), 1), problem(/no images/));
  const oneEach = selectRows(train, [0, 1, 2, 3, 4, 5, 6]);
  await rejects(linearProbe(oneEach, { seed: 1 }), problem(/no class has two training images/));
});
