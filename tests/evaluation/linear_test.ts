import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { prng } from "../../lib/base/prng.ts";
import { Problem } from "../../lib/base/problem.ts";
import { liveTensors } from "../../lib/engine/mod.ts";
import { selectRows } from "../../lib/evaluation/features.ts";
import { classify, linearProbe, logisticRegression } from "../../lib/evaluation/linear.ts";
import { accuracy } from "../../lib/evaluation/metrics.ts";
import { stratifiedSplit } from "../../lib/evaluation/split.ts";
import { clusters } from "./clusters.ts";
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
