import { ok, strictEqual, throws } from "node:assert/strict";
import { Problem } from "../../lib/base/problem.ts";
import { alignment, featureStd, type Rows, uniformity } from "../../lib/evaluation/geometry.ts";
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

const near = (actual: number, expected: number, what: string, tolerance = 1e-6) =>
  ok(Math.abs(actual - expected) <= tolerance * Math.abs(expected) + 1e-15, `${what}: ${actual}`);

Deno.test("geometry equals the paper's own functions and lightly's", () => {
  for (const { name, n, width, low, ...expected } of reference) {
    const given: [Rows, Rows] = [rows("anchors", n, width, low), rows("partners", n, width, low)];
    const [x, y] = changes[name]?.(...given) ?? given;
    near(alignment(x, y), expected.alignment, `${name}, alignment`);
    near(uniformity(x), expected.uniformity, `${name}, uniformity`);
    near(featureStd(x), expected.featureStd, `${name}, featureStd`);
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
});

Deno.test("geometry of no rows, of one row and of unequal rows is a Problem", () => {
  const none = rows("x", 0, 4), one = rows("x", 1, 4), two = rows("x", 2, 4);
  const problem = (pattern: RegExp) => (error: Error) =>
    error instanceof Problem && pattern.test(error.message);
  throws(() => alignment(none, none), problem(/alignment of 0 rows/));
  throws(() => alignment(two, one), problem(/2 anchors of width 4 and 1 partners/));
  throws(() => uniformity(one), problem(/uniformity of 1 rows/));
  throws(() => featureStd(one), problem(/deviation of 1 rows/));
  strictEqual(alignment(one, one), 0);
});
