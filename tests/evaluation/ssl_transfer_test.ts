import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { Problem } from "../../lib/base/problem.ts";
import { liveTensors } from "../../lib/engine/mod.ts";
import { selectRows } from "../../lib/evaluation/features.ts";
import { knn } from "../../lib/evaluation/knn.ts";
import { classify, linearProbe, logisticRegression } from "../../lib/evaluation/linear.ts";
import { type Accuracy, accuracy } from "../../lib/evaluation/metrics.ts";
import { sslTransferGrid, sslTransferProbe } from "../../lib/evaluation/ssl_transfer.ts";
import { blurred, clusters } from "./clusters.ts";
import reference from "../vectors/evaluation.json" with { type: "json" };

Deno.test("the grid has the inverse of 45 weight decays from 1e-6 to 1e5", () => {
  strictEqual(sslTransferGrid.length, 45);
  strictEqual(sslTransferGrid[0], 1e6);
  ok(Math.abs(sslTransferGrid[44] / 1e-5 - 1) < 1e-12);
});

for (const { name, labels, metric, ...expected } of reference.transfer) {
  Deno.test(`the probe comes out as ssl-transfer's on scikit-learn: ${name}, ${metric}`, async () => {
    const part = (part: string, n: number) =>
      blurred(part, [...labels, ...labels].slice(0, n), expected);
    const train = part("train", 300), validation = part("validation", 200);
    const others = part("others", 500);
    const measure = metric as keyof Accuracy;
    const before = liveTensors();
    const probe = await sslTransferProbe(train, { validation, metric: measure });
    deepStrictEqual(liveTensors(), before);
    const reached = accuracy(await classify(probe, others), others.labels)[measure];
    ok(Math.abs(reached - expected.accuracy) <= 0.005, `${reached}, ${expected.accuracy}`);
    const best = Math.max(...probe.trials.map((trial) => trial.accuracy));
    ok(Math.abs(best - Math.max(...expected.validation)) <= 0.005);
    strictEqual(probe.c, probe.trials.find((trial) => trial.accuracy === best)!.c, "the largest");
    const theirs = probe.trials.find(({ c }) => Math.abs(c / expected.c - 1) < 1e-6)!;
    ok(best - theirs.accuracy <= 0.0101, `scikit-learn's C ${expected.c}: ${theirs.accuracy}`);
    deepStrictEqual(probe.coefficients.length, (train.width + 1) * train.classes);
    for (const [i, { c, accuracy }] of probe.trials.entries()) {
      if (c < 1e-4) continue; // where the fits end before the order of the scores is settled
      ok(Math.abs(accuracy - expected.validation[i]) <= 0.0101, `C ${c}: ${accuracy}`);
    }
  });
}

Deno.test("without validation images, a fifth of each class is held, as the seed says", async () => {
  const train = clusters("bank", 300);
  const grid = [1, 1e-6];
  const [first, again, other] = [
    await sslTransferProbe(train, { grid, seed: 1 }),
    await sslTransferProbe(train, { grid, seed: 1 }),
    await sslTransferProbe(train, { grid, seed: 2 }),
  ];
  deepStrictEqual(first, again);
  ok(first.trials[0].accuracy !== other.trials[0].accuracy);
  deepStrictEqual(first.trials.map(({ c }) => c), grid);
});

Deno.test("an image without a class is a Problem for every classifier that is fitted on it", async () => {
  const train = clusters("bank", 70), queries = clusters("queries", 30);
  const bare = { ...train, labels: train.labels.with(4, -1) };
  const fails = (error: Error) =>
    error instanceof Problem && /image 4 has no class/.test(error.message);
  await rejects(sslTransferProbe(bare), fails);
  await rejects(sslTransferProbe(train, { validation: bare }), fails);
  await rejects(linearProbe(bare, { seed: 1 }), fails);
  await rejects(logisticRegression(bare, 1), fails);
  await rejects(knn(bare, queries), fails);
});

Deno.test("features that are no numbers, and validation images of another kind, are Problems", async () => {
  const train = clusters("bank", 70), validation = clusters("queries", 30);
  const spoilt = { ...validation, values: validation.values.slice() };
  spoilt.values[9 * 8] = NaN;
  const fails = (pattern: RegExp) => (error: Error) =>
    error instanceof Problem && pattern.test(error.message);
  await rejects(sslTransferProbe(train, { validation: spoilt }), fails(/image 9 is NaN/));
  await rejects(sslTransferProbe(spoilt), fails(/image 9 is NaN/));
  await rejects(
    sslTransferProbe(train, { validation: { ...validation, classes: 9 } }),
    fails(/9 classes.*7 classes/),
  );
  await rejects(
    sslTransferProbe(train, { validation: selectRows(validation, []) }),
    fails(/no images/),
  );
  await rejects(sslTransferProbe(selectRows(train, [0, 1, 2])), fails(/no class has two/));
});

Deno.test("validation images may lack classes, and have one that training images lack", async () => {
  const train = blurred("train", Array.from({ length: 60 }, (_, i) => i % 5), { blur: 0.5 });
  const validation = blurred("others", Array.from({ length: 60 }, (_, i) => 3 + i % 3), {
    blur: 0.5,
  });
  const probe = await sslTransferProbe(train, {
    validation,
    grid: [10, 1],
    metric: "meanPerClass",
  });
  const { top1 } = accuracy(await classify(probe, validation), validation.labels);
  ok(top1 > 0.9, `the last fit knows the class: ${top1}`);
});
