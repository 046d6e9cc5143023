import { deepStrictEqual, ok, rejects, strictEqual, throws } from "node:assert/strict";
import { Problem } from "../../lib/base/problem.ts";
import { prng } from "../../lib/base/prng.ts";
import { liveTensors } from "../../lib/engine/mod.ts";
import { type Features, selectRows } from "../../lib/evaluation/features.ts";
import type { Column } from "../../lib/evaluation/factor_levels.ts";
import { classify, linearProbe } from "../../lib/evaluation/linear.ts";
import { accuracy } from "../../lib/evaluation/metrics.ts";
import {
  explainedVariance,
  factorProbe,
  sharedByNeighbours,
} from "../../lib/evaluation/nuisance.ts";
import { original } from "./changed_images.ts";
import { uniform } from "../vectors/inputs.ts";
import reference from "../vectors/invariance.json" with { type: "json" };

const n = 120;
const indices = [...Array(n).keys()];
const factors: Record<string, Column> = {
  concept: indices.map((i) => `class ${i % 5}`),
  background: indices.map((i) => ["stripes", "dots", "flat"][i % 3]),
  uneven: indices.map((i) => Number(i ** 2 % 31 < 5)),
  light: [...uniform("light", n)],
};
const near = (actual: number, expected: number, what: string, tolerance = 1e-9) =>
  ok(Math.abs(actual - expected) <= tolerance, `${what}: ${actual}, not ${expected}`);
const problem = (pattern: RegExp) => (error: Error) =>
  error instanceof Problem && pattern.test(error.message);
const select = (column: Column, rows: number[]) => rows.map((i) => column[i]);
const constant: Features = { ...original(), values: new Float32Array(n * 6).fill(0.1) };
const broken: Features = { ...original(), values: original().values.with(6 * 9 + 5, Infinity) };

Deno.test("explained variance equals scikit-learn's R^2 and adjusted R^2", () => {
  for (const { factor, eta2, epsilon2, levels } of reference.factors) {
    const actual = explainedVariance(original(), factors[factor]);
    near(actual.eta2, eta2, `${factor}, eta^2`);
    near(actual.epsilon2, epsilon2, `${factor}, epsilon^2`);
    strictEqual(actual.levels, levels);
  }
});

Deno.test("explained variance equals a loop over distances of pairs of images", () => {
  const { values, width } = original();
  const unit = indices.map((i) => {
    const row = [...values.subarray(i * width, (i + 1) * width)];
    return row.map((v) => v / Math.hypot(...row));
  });
  // The squares about a mean are the squared distances of all pairs, divided by twice the number.
  const squares = (rows: number[]) =>
    rows.flatMap((i) => rows.map((j) => Math.hypot(...unit[i].map((v, c) => v - unit[j][c])) ** 2))
      .reduce((sum, v) => sum + v, 0) / (2 * rows.length);
  const members = Map.groupBy(indices, (i) => factors.uneven[i]).values();
  const within = members.reduce((sum, rows) => sum + squares(rows), 0);
  const { eta2 } = explainedVariance(original(), factors.uneven);
  near(eta2, 1 - within / squares(indices), "eta^2", 1e-12);
});

Deno.test("explained variance: what means nothing explains nothing, but for eta^2's chance", () => {
  const levels = indices.map((i) => i % 30), rounds = 200; // four images a level
  let eta2 = 0, epsilon2 = 0;
  for (let round = 0; round < rounds; round++) {
    const random = explainedVariance(original(), prng(round).shuffle(levels).map(String));
    eta2 += random.eta2 / rounds;
    epsilon2 += random.epsilon2 / rounds;
  }
  near(eta2, 29 / 119, "eta^2", 0.01);
  near(epsilon2, 0, "epsilon^2", 0.01);
});

Deno.test("explained variance does not depend on the features' lengths, sign or names of levels", () => {
  const { values, ...rest } = original();
  const scaled = { ...rest, values: values.map((v, at) => -v * 2 ** (Math.floor(at / 6) % 5)) };
  const named = factors.background.map((name) => `on ${name}`);
  near(
    explainedVariance(scaled, named).epsilon2,
    explainedVariance(original(), factors.background).epsilon2,
    "epsilon^2",
  );
});

Deno.test("explained variance of constants, of one level and of single images is defined", () => {
  const none = explainedVariance(constant, factors.concept);
  ok(Number.isNaN(none.eta2) && Number.isNaN(none.epsilon2));
  const one = explainedVariance(original(), indices.map(() => "white"));
  near(one.eta2, 0, "eta^2", 1e-12);
  near(one.epsilon2, 0, "epsilon^2", 1e-12);
  const own = explainedVariance(original(), indices.map((i) => `picture ${i}`));
  near(own.eta2, 1, "eta^2", 1e-12);
  ok(Number.isNaN(own.epsilon2), `${own.epsilon2}`);
  ok(Number.isNaN(explainedVariance(selectRows(original(), [0]), ["white"]).eta2));
});

Deno.test("nuisance: features or values that are not finite are a Problem that names the row", async () => {
  const { light, concept } = factors;
  const row9 = problem(/feature 5 of row 9 is Infinity/),
    value = problem(/row 2 of a factor is NaN/);
  const lacking = light.with(2, NaN);
  throws(() => explainedVariance(broken, light), row9);
  throws(() => explainedVariance(original(), lacking), value);
  throws(() => explainedVariance(original(), light.slice(1)), problem(/119 values for 120 images/));
  throws(() => explainedVariance(selectRows(original(), []), []), problem(/variance of 0 rows/));
  await rejects(sharedByNeighbours(broken, factors), row9);
  await rejects(sharedByNeighbours(original(), { lacking }), value);
  await rejects(sharedByNeighbours(selectRows(original(), [1]), {}), problem(/of 1 rows/));
  const sets = [[broken, original()], [original(), broken]];
  for (const [train, test] of sets) {
    await rejects(factorProbe(train, concept, test, concept, { seed: 1 }), row9);
  }
  await rejects(factorProbe(original(), light, original(), lacking, { seed: 1 }), value);
});

Deno.test("factorProbe is the linear probe of the factor's levels", async () => {
  const [fit, asked] = [0, 1].map((part) => indices.filter((i) => Math.floor(i / 15) % 2 === part));
  const [train, test] = [fit, asked].map((rows) => selectRows(original(), rows));
  const before = liveTensors();
  const options = { seed: 4 };
  const probe = await factorProbe(
    train,
    select(factors.background, fit),
    test,
    select(factors.background, asked),
    options,
  );
  deepStrictEqual(liveTensors(), before);
  const relabelled = (features: Features, rows: number[]): Features => ({
    ...features,
    labels: Int32Array.from(rows, (i) => [2, 0, 1][i % 3]), // dots, flat, stripes
    classes: 3,
  });
  const classifier = await linearProbe(relabelled(train, fit), options);
  const asking = relabelled(test, asked);
  const { top1, meanPerClass } = accuracy(await classify(classifier, asking), asking.labels);
  deepStrictEqual([probe.top1, probe.meanPerClass], [top1, meanPerClass]);
  ok(top1 > 0.5, `${top1}`);
  near(probe.chance.top1, 1 / 3, "chance");
  strictEqual(probe.levels, 3);
});

Deno.test("factorProbe: fifths of a number that varies steadily, by the training images' limits", async () => {
  const steady = (name: string, low: number): [Features, Column] => {
    const light = uniform(name, n, low, 1);
    const values = Float32Array.from(
      { length: 2 * n },
      (_, at) => at % 2 ? 1 : light[Math.floor(at / 2)],
    );
    return [{ values, width: 2, labels: new Int32Array(n), classes: 1 }, [...light]];
  };
  const [train, light] = steady("light", 0), [test, bright] = steady("bright", 0.8);
  const { levels, top1, chance } = await factorProbe(train, light, test, bright, { seed: 1 });
  strictEqual(levels, 5);
  ok(top1 > 0.5, `a line sorts into fifths: ${top1}`);
  strictEqual(chance.top1, 0, "the lowest fifth, the first of equals, has no test image");
});

Deno.test("factorProbe: one value only, and a value that no training image has", async () => {
  const x = original(), white = indices.map(() => "white");
  const one = await factorProbe(x, white, x, white, { seed: 1 });
  deepStrictEqual(one, {
    top1: 1,
    meanPerClass: 1,
    chance: { top1: 1, meanPerClass: 1 },
    levels: 1,
  });
  const half = indices.map((i) => i % 2 ? "white" : "black");
  const unseen = await factorProbe(x, white, x, half, { seed: 1 });
  deepStrictEqual([unseen.top1, unseen.meanPerClass, unseen.levels], [0.5, 0.5, 2]);
  const known = indices.map((i) => ["stripes", "dots"][i % 2]);
  const other = known.map((name, i) => i < 60 ? "flat" : name);
  const { top1, levels } = await factorProbe(x, known, x, other, { seed: 1 });
  ok(levels === 3 && top1 <= 0.5, `${top1}`);
});

Deno.test("sharedByNeighbours equals scikit-learn's neighbours, and the chance of all pairs", async () => {
  const before = liveTensors();
  const rows = await sharedByNeighbours(original(), factors, { k: 7 });
  deepStrictEqual(liveTensors(), before);
  for (const [at, { factor, shared, chance }] of reference.factors.entries()) {
    strictEqual(rows[at].factor, factor);
    near(rows[at].shared, shared, factor);
    near(rows[at].chance, chance, `${factor}, chance`);
    near(rows[at].times, shared / chance, `${factor}, times`);
  }
});

Deno.test("sharedByNeighbours: all others are the neighbours of few; equal features share by chance", async () => {
  const few = selectRows(original(), [0, 1, 2, 5]); // classes 0, 1, 2, 0
  const [row] = await sharedByNeighbours(few, { concept: [0, 1, 2, 0] });
  deepStrictEqual([row.shared, row.chance, row.times], [1 / 6, 1 / 6, 1]);
  const [single] = await sharedByNeighbours(few, { id: ["a", "b", "c", "d"] });
  ok(single.shared === 0 && single.chance === 0 && Number.isNaN(single.times));
  const [equal] = await sharedByNeighbours(constant, { halves: indices.map((i) => i % 2) }, {
    k: 119,
  });
  near(equal.times, 1, "times");
});
