import { ok, strictEqual, throws } from "node:assert/strict";
import { Problem } from "../../lib/base/problem.ts";
import {
  alignment,
  classSeparation,
  effectiveRank,
  featureStd,
  type Rows,
  uniformity,
} from "../../lib/evaluation/geometry.ts";
import { uniform } from "../vectors/inputs.ts";
import reference from "../vectors/geometry.json" with { type: "json" };

const rows = (name: string, n: number, width: number, low = -1): Rows => ({
  values: uniform(name, n * width, low, 1),
  width,
});

/** What geometry.py does to the rows, by the case's name. */
const changes: Record<string, (x: Rows, y: Rows) => [Rows, Rows]> = {
  "equal rows": (x) => [first(x), first(x)],
  "nearly equal rows": (x, y) => [
    { ...x, values: first(x).values.map((v, at) => v + y.values[at] / 1024) },
    first(x),
  ],
  "rows of zeros": (x, y) => [{ ...x, values: x.values.map(() => 0) }, y],
};
const first = (x: Rows): Rows => ({ ...x, values: x.values.map((_, i) => x.values[i % x.width]) });

/** Rows of five classes of unequal size, as geometry.py has them. */
const labelled = (rows: Rows, labelOf = (i: number) => i ** 2 % 5) => ({
  ...rows,
  labels: Int32Array.from({ length: rows.values.length / rows.width }, (_, i) => labelOf(i)),
  classes: 5,
});

const near = (actual: number, expected: number, what: string, tolerance = 1e-6) =>
  ok(Math.abs(actual - expected) <= tolerance * Math.abs(expected) + 1e-15, `${what}: ${actual}`);

Deno.test("geometry equals the paper's own functions and lightly's", () => {
  for (const { name, n, width, low, ...expected } of reference) {
    const given: [Rows, Rows] = [rows("anchors", n, width, low), rows("partners", n, width, low)];
    const [x, y] = changes[name]?.(...given) ?? given;
    near(alignment(x, y), expected.alignment, `${name}, alignment`);
    near(uniformity(x), expected.uniformity, `${name}, uniformity`);
    near(featureStd(x), expected.featureStd, `${name}, featureStd`);
    near(effectiveRank(x), expected.effectiveRank, `${name}, effective rank`);
    if (expected.effectiveRank > 0) {
      near(effectiveRank(x), expected.rankMe, `${name}, RankMe`, 2e-5);
    }
    const separation = classSeparation(labelled(x));
    if (expected.classSeparation === null) ok(Number.isNaN(separation), `${name}: ${separation}`);
    else near(separation, expected.classSeparation, `${name}, separation`);
  }
});

Deno.test("the effective rank is n of n equal and orthogonal directions, whichever side is longer", () => {
  for (const [n, width] of [[3, 8], [8, 3], [5, 5]]) {
    const values = new Float32Array(n * width);
    for (let i = 0; i < Math.min(n, width); i++) values[i * width + i] = -7;
    near(effectiveRank({ values, width }), Math.min(n, width), `${n} x ${width}`);
  }
  strictEqual(effectiveRank({ values: new Float32Array(12), width: 4 }), 0);
  near(effectiveRank({ values: Float32Array.of(0, 2, 0), width: 3 }), 1, "one row");
});

Deno.test("the effective rank equals the entropy of known singular values", () => {
  // Two rows with an angle between them: their Gram matrix is [[1, c], [c, 1]].
  const angle = 0.3, [large, small] = [1, -1].map((sign) => Math.sqrt(1 + sign * Math.cos(angle)));
  const [p, q] = [large / (large + small), small / (large + small)];
  const values = Float32Array.of(1, 0, Math.cos(angle), Math.sin(angle));
  const expected = Math.exp(-p * Math.log(p) - q * Math.log(q));
  near(effectiveRank({ values, width: 2 }), expected, "effective rank");
});

Deno.test("class separation equals the loop over pairs of images, classes counting alike", () => {
  const n = 14, width = 5, given = labelled(rows("x", n, width), (i) => i < 8 ? 1 : 3 + i % 2);
  const row = (i: number) => [...given.values.subarray(i * width, (i + 1) * width)];
  const distance = (i: number, j: number) => {
    const [a, b] = [row(i), row(j)];
    return 1 - a.reduce((sum, v, c) => sum + v * b[c], 0) / Math.hypot(...a) / Math.hypot(...b);
  };
  const mean = (numbers: number[]) => numbers.reduce((sum, v) => sum + v, 0) / numbers.length;
  const indices = [...Array(n).keys()], classes = [1, 3, 4]; // 0 and 2 have no images
  const between = (j: number, k: number) =>
    mean(
      indices.filter((a) => given.labels[a] === j).flatMap((a) =>
        indices.filter((b) => given.labels[b] === k).map((b) => distance(a, b))
      ),
    );
  const within = mean(classes.map((k) => between(k, k)));
  const total = mean(classes.flatMap((j) => classes.map((k) => between(j, k))));
  near(classSeparation(given), 1 - within / total, "separation", 1e-12);
});

Deno.test("class separation: 1 of classes that are points, 0 of one class, none of one image", () => {
  const points = rows("points", 5, 4);
  const values = Float32Array.from({ length: 80 }, (_, at) => points.values[at % 20]);
  near(classSeparation(labelled({ values, width: 4 }, (i) => i % 5)), 1, "points");
  near(classSeparation(labelled(rows("x", 20, 4), () => 2)) + 1, 1, "one class");
  ok(Number.isNaN(classSeparation(labelled(rows("x", 1, 4)))), "one image");
  throws(
    () => classSeparation(labelled(rows("x", 5, 4), (i) => i === 3 ? -1 : i)),
    (error: Error) => error instanceof Problem && /row 3 has no class/.test(error.message),
  );
});

Deno.test("uniformity of an odd and of an even number of rows equals the loop", () => {
  for (const n of [2, 3, 8, 9]) {
    const { values } = rows("x", n, 3);
    let sum = 0;
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < i; j++) {
        const [a, b] = [i, j].map((k) => [...values.subarray(3 * k, 3 * k + 3)]);
        const apart = a.map((v, c) => v / Math.hypot(...a) - b[c] / Math.hypot(...b));
        sum += Math.exp(-2 * Math.hypot(...apart) ** 2);
      }
    }
    const expected = Math.log(sum / (n * (n - 1) / 2));
    near(uniformity({ values, width: 3 }), expected, `${n} rows`, 1e-12);
  }
});

Deno.test("geometry of features that are NaN or infinite is a Problem that names the row", () => {
  for (const bad of [NaN, Infinity, -Infinity]) {
    const x = rows("x", 6, 4), y = rows("y", 6, 4);
    x.values[4 * 4 + 1] = bad;
    const found = (error: Error) =>
      error instanceof Problem && error.message.includes(`feature 1 of row 4 is ${bad}`);
    throws(() => alignment(x, y), found);
    throws(() => alignment(y, x), found);
    throws(() => uniformity(x), found);
    throws(() => effectiveRank(x), found);
    throws(() => classSeparation(labelled(x)), found);
    ok(Number.isNaN(featureStd(x)), "a watch takes it for collapse");
  }
});

Deno.test("geometry equals loops over cosines and moments", () => {
  const n = 7, width = 5;
  const [x, y] = [rows("x", n, width), rows("y", n, width)];
  const unit = ({ values }: Rows, i: number) => {
    const row = [...values.subarray(i * width, (i + 1) * width)];
    return row.map((v) => v / Math.hypot(...row));
  };
  const cosine = (a: number[], b: number[]) => a.reduce((sum, v, c) => sum + v * b[c], 0);
  let apart = 0, potential = 0, pairs = 0, deviation = 0;
  for (let i = 0; i < n; i++) {
    apart += (2 - 2 * cosine(unit(x, i), unit(y, i))) / n;
    for (let j = i + 1; j < n; j++, pairs++) {
      potential += Math.exp(4 * cosine(unit(x, i), unit(x, j)) - 4);
    }
  }
  for (let c = 0; c < width; c++) {
    let sum = 0, squares = 0;
    for (let i = 0; i < n; i++) {
      sum += unit(x, i)[c];
      squares += unit(x, i)[c] ** 2;
    }
    deviation += Math.sqrt((squares - sum ** 2 / n) / (n - 1)) / width;
  }
  near(alignment(x, y), apart, "alignment", 1e-12);
  near(uniformity(x), Math.log(potential / pairs), "uniformity", 1e-12);
  near(featureStd(x), deviation * Math.sqrt(width), "featureStd", 1e-12);
});

Deno.test("geometry: isotropic features have a standard deviation of about 1, and uniformity near -4", () => {
  const isotropic = rows("isotropic", 400, 64);
  near(featureStd(isotropic), 1, "featureStd", 0.01);
  near(uniformity(isotropic), -4, "uniformity", 0.05);
});

Deno.test("geometry does not depend on the rows' lengths, nor on their order", () => {
  const x = rows("x", 6, 4), y = rows("y", 6, 4);
  const scaled = { ...x, values: x.values.map((v, at) => v * 2 ** (Math.floor(at / 4) - 3)) };
  strictEqual(alignment(scaled, y), alignment(x, y));
  strictEqual(uniformity(scaled), uniformity(x));
  strictEqual(featureStd(scaled), featureStd(x));
  const reversed = ({ values }: Rows): Rows => ({
    values: Float32Array.from(values, (_, at) => values[(5 - Math.floor(at / 4)) * 4 + at % 4]),
    width: 4,
  });
  near(alignment(reversed(x), reversed(y)), alignment(x, y), "alignment", 1e-12);
  near(uniformity(reversed(x)), uniformity(x), "uniformity", 1e-12);
  near(featureStd(reversed(x)), featureStd(x), "featureStd", 1e-12);
  near(effectiveRank(reversed(x)), effectiveRank(x), "effective rank", 1e-12);
  strictEqual(classSeparation(labelled(scaled)), classSeparation(labelled(x)));
});

Deno.test("geometry of no rows, of one row and of unequal rows is a Problem", () => {
  const none = rows("x", 0, 4), one = rows("x", 1, 4), two = rows("x", 2, 4);
  const problem = (pattern: RegExp) => (error: Error) =>
    error instanceof Problem && pattern.test(error.message);
  throws(() => alignment(none, none), problem(/alignment of 0 rows/));
  throws(() => alignment(two, one), problem(/2 anchors of width 4 and 1 partners/));
  throws(() => uniformity(one), problem(/uniformity of 1 rows/));
  throws(() => featureStd(one), problem(/deviation of 1 rows/));
  throws(() => effectiveRank(none), problem(/effective rank of 0 rows/));
  throws(() => classSeparation(labelled(none)), problem(/class separation of 0 rows/));
  strictEqual(alignment(one, one), 0);
});
