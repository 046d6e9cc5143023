import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { Problem } from "../../lib/base/problem.ts";
import { liveTensors } from "../../lib/engine/mod.ts";
import { type Features, selectRows } from "../../lib/evaluation/features.ts";
import { invariance, predictionChange, whitenedCosine } from "../../lib/evaluation/invariance.ts";
import type { LinearClassifier } from "../../lib/evaluation/linear.ts";
import { changed, columns, original } from "./changed_images.ts";
import { uniform } from "../vectors/inputs.ts";
import reference from "../vectors/invariance.json" with { type: "json" };

const near = (actual: number, expected: number, what: string, tolerance = 1e-6) =>
  ok(Math.abs(actual - expected) <= tolerance, `${what}: ${actual}, not ${expected}`);
const first = (count: number) => [...Array(count).keys()];

/** The answer is the feature that is largest. */
const largest: LinearClassifier = {
  coefficients: Float64Array.from({ length: 12 }, (_, at) => Number(at < 9 && at % 4 === 0)),
  width: 3,
  classes: 3,
  c: 1,
  objective: 0,
  iterations: 1,
  converged: true,
};
const images = (values: number[], labels: number[]): Features => ({
  values: Float32Array.from(values),
  width: 3,
  labels: Int32Array.from(labels),
  classes: 3,
});

Deno.test("invariance equals numpy's and scikit-learn's, dead features or not", async () => {
  const before = liveTensors();
  for (const { width, dead, ...expected } of reference.invariance) {
    const zeros = dead ? { left: 2, right: 1 } : {};
    const [x, y] = [original(), changed()].map((all) => columns(all, width, zeros));
    const actual = { ...await invariance(x, y), whitened: whitenedCosine(x, y) };
    for (const name of Object.keys(expected) as (keyof typeof actual)[]) {
      near(actual[name], expected[name], `${name} of ${width} features`);
    }
  }
  deepStrictEqual(liveTensors(), before);
});

Deno.test("invariance equals a loop over pairs of images", async () => {
  const { cosine, random, relative, retrieval } = await invariance(original(), changed());
  const [x, y] = [original(), changed()].map(({ values, width }) =>
    first(120).map((i) => {
      const row = [...values.subarray(i * width, (i + 1) * width)];
      return row.map((v) => v / Math.hypot(...row));
    })
  );
  const product = (a: number[], b: number[]) => a.reduce((sum, v, c) => sum + v * b[c], 0);
  const cosines = x.map((a) => y.map((b) => product(a, b)));
  const own = cosines.reduce((sum, row, i) => sum + row[i] / 120, 0);
  const others = cosines.flatMap((row, i) => row.filter((_, j) => j !== i));
  const other = others.reduce((sum, v) => sum + v, 0) / others.length;
  near(cosine, own, "cosine", 1e-12);
  near(random, other, "random", 1e-12);
  near(relative, (own - other) / (1 - other), "relative", 1e-12);
  const found = cosines.filter((row, i) => row.indexOf(Math.max(...row)) === i).length;
  near(retrieval, found / 120, "retrieval", 1e-12);
});

Deno.test("invariance: all is 1 of images that do not change, nothing is left of other images", async () => {
  const x = original();
  const same = await invariance(x, x);
  for (const name of ["cosine", "relative", "retrieval"] as const) near(same[name], 1, name);
  near(whitenedCosine(x, x), 1, "whitened");
  const noise = (name: string): Features => ({
    values: uniform(name, 2000 * 8),
    width: 8,
    labels: new Int32Array(2000),
    classes: 1,
  });
  const [some, others] = [noise("some"), noise("others")];
  const lost = await invariance(some, others);
  for (const name of ["relative", "retrieval"] as const) near(lost[name], 0, name, 0.03);
  near(whitenedCosine(some, others), 0, "whitened", 0.03);
});

Deno.test("invariance: whitening makes up for one direction that outweighs the others", async () => {
  const stretch = (given: Features): Features => ({
    ...given,
    values: given.values.map((v, at) => at % given.width === 0 ? 100 * v + 500 : v),
  });
  const given = [original(), changed()] as const;
  const stretched = [stretch(original()), stretch(changed())] as const;
  const [{ cosine }, { cosine: before }] = [
    await invariance(...stretched),
    await invariance(...given),
  ];
  ok(cosine > 0.999 && cosine > before, `${cosine}, before ${before}`);
  near(whitenedCosine(...stretched), whitenedCosine(...given), "whitened", 1e-3);
});

Deno.test("invariance: features that are all equal are not taken for invariant", async () => {
  const values = new Float32Array(120 * 6).fill(0.1);
  const constant = { ...original(), values };
  const { cosine, relative, retrieval } = await invariance(constant, constant);
  const whitened = whitenedCosine(constant, constant);
  near(cosine, 1, "cosine");
  ok(Number.isNaN(relative) && Number.isNaN(whitened), `${relative}, ${whitened}`);
  near(retrieval, 1 / 120, "retrieval");
  const zeros = { ...original(), values: values.map(() => 0) };
  strictEqual((await invariance(zeros, zeros)).cosine, 0);
});

Deno.test("invariance of one image, and of few, is defined", async () => {
  const [x, y] = [original(), changed()];
  const one = await invariance(selectRows(x, [3]), selectRows(y, [3]));
  ok(one.cosine > 0 && one.cosine < 1 && one.retrieval === 1);
  ok([one.random, one.relative].every(Number.isNaN));
  const few = [selectRows(x, first(6)), selectRows(y, first(6))] as const;
  ok((await invariance(...few)).relative > 0);
  ok(Number.isNaN(whitenedCosine(...few)), "six images, six features");
});

Deno.test("invariance of other images, of other features or of NaN is a Problem", async () => {
  const [x, y] = [original(), changed()];
  const problem = (pattern: RegExp) => (error: Error) =>
    error instanceof Problem && pattern.test(error.message);
  const fewer = selectRows(y, first(119));
  await rejects(invariance(x, fewer), problem(/120 images of width 6 and 119 changed/));
  await rejects(invariance(x, columns(y, 5)), problem(/and 120 changed ones of width 5/));
  const turned = selectRows(y, first(120).toReversed());
  await rejects(invariance(x, turned), problem(/row 0 is of class 0 and, changed, of class 4/));
  const broken = { ...y, values: y.values.with(6 * 7 + 2, NaN) };
  await rejects(invariance(x, broken), problem(/changed images: feature 2 of row 7 is NaN/));
  await rejects(invariance(broken, x), problem(/invariance: feature 2 of row 7 is NaN/));
  const none = selectRows(x, []);
  await rejects(invariance(none, none), problem(/invariance of 0 rows/));
});

Deno.test("predictionChange counts answers that stay, and answers that are right", async () => {
  const x = images([1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1], [0, 1, 2, 0]);
  const y = images([1, 0, 0, 1, 0, 0, 0, 0, 1, 1, 0, 0], [0, 1, 2, 0]);
  const change = await predictionChange(largest, x, y);
  // Answers 0, 1, 2, 2 and then 0, 0, 2, 0.
  strictEqual(change.consistency, 0.5);
  strictEqual(change.accuracy, 0.75);
  strictEqual(change.changedAccuracy, 0.75);
  strictEqual(change.drop, 0);
  const wrong = await predictionChange(
    largest,
    x,
    images([0, 1, 0, 0, 0, 1, 1, 0, 0, 0, 1, 0], [
      0,
      1,
      2,
      0,
    ]),
  );
  strictEqual(wrong.drop, 0.75);
  strictEqual(wrong.consistency, 0);
});

Deno.test("predictionChange: of equal scores the lower class is the answer, as for accuracy", async () => {
  const tie = images([1, 1, 0], [0]), low = images([1, 0, 0], [0]);
  const { consistency, accuracy } = await predictionChange(largest, tie, low);
  strictEqual(consistency, 1);
  strictEqual(accuracy, 1);
});

Deno.test("predictionChange: images without a class, or another classifier's, are a Problem", async () => {
  const unknown = images([1, 0, 0, 0, 1, 0], [0, -1]);
  const problem = (pattern: RegExp) => (error: Error) =>
    error instanceof Problem && pattern.test(error.message);
  await rejects(predictionChange(largest, unknown, unknown), problem(/row 1 has no class/));
  await rejects(predictionChange(largest, original(), changed()), problem(/6 features/));
});
