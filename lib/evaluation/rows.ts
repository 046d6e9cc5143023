/** Vectors, row by row: what every measure of features checks and computes first. */
import { Problem } from "../base/problem.ts";

/** n vectors, row by row. */
export interface Rows {
  /** [n, width] */
  values: Float32Array;
  width: number;
}

/**
 * The number of rows.
 *
 * @param what is measured, for the message
 * @throws {Problem} where there are fewer than `least`, or naming the first row that is not finite
 */
export function rowsIn(rows: Rows, least: number, what: string): number {
  const { values, width } = rows;
  const n = countOf(rows, least, what);
  const at = values.findIndex((v) => !Number.isFinite(v));
  if (at < 0) return n;
  throw new Problem(
    `${what}: feature ${at % width} of row ${Math.floor(at / width)} is ${values[at]}: take a ` +
      "backbone that has not diverged, or leave the row out",
  );
}

/** The number of rows, whatever is in them. */
export function countOf({ values, width }: Rows, least: number, what: string): number {
  const n = values.length / width;
  if (n >= least) return n;
  throw new Problem(`${what} of ${n} rows is not defined: give ${least} or more`);
}

/**
 * Rows of length 1, in double precision: distances of near ones are small differences. They are
 * divided by their length as torch's `normalize` does it; a row of zeros stays what it is.
 */
export function unitRows({ values, width }: {
  values: Float32Array | Float64Array;
  width: number;
}): Float64Array {
  const unit = Float64Array.from(values);
  for (let start = 0; start < unit.length; start += width) {
    const row = unit.subarray(start, start + width);
    let squares = 0;
    for (const v of row) squares += v * v;
    const length = Math.max(Math.sqrt(squares), 1e-12);
    for (let c = 0; c < width; c++) row[c] /= length;
  }
  return unit;
}

/** The mean of the rows, [width]. */
export function meanRow(x: Float64Array, width: number): Float64Array {
  const n = x.length / width;
  const mean = new Float64Array(width);
  for (let start = 0; start < x.length; start += width) {
    for (let c = 0; c < width; c++) mean[c] += x[start + c] / n;
  }
  return mean;
}

/** The rows less another one, e.g. their mean. */
export function less(x: Float64Array, row: Float64Array): Float64Array {
  return x.map((v, at) => v - row[at % row.length]);
}

/**
 * Visits the inner product of every row i with every row j <= i, in double precision.
 *
 * Two rows by two at a time: each number that is read takes part in two products, which is twice as
 * fast as one by one.
 */
export function forEachProduct(
  x: Float64Array,
  width: number,
  visit: (i: number, j: number, product: number) => void,
): void {
  const n = x.length / width;
  for (let i = 0; i < n; i += 2) {
    const p = i * width, q = Math.min(i + 1, n - 1) * width; // the last row of an odd number twice
    for (let j = 0; j <= i; j += 2) {
      const r = j * width, s = Math.min(j + 1, n - 1) * width;
      let pr = 0, ps = 0, qr = 0, qs = 0;
      for (let c = 0; c < width; c++) {
        const u = x[p + c], v = x[q + c], y = x[r + c], z = x[s + c];
        pr += u * y;
        ps += u * z;
        qr += v * y;
        qs += v * z;
      }
      visit(i, j, pr);
      if (j < i) visit(i, j + 1, ps);
      if (i + 1 < n) visit(i + 1, j, qr);
      if (i + 1 < n) visit(i + 1, j + 1, qs);
    }
  }
}
