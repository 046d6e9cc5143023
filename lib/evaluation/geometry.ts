/**
 * How features lie on the unit sphere, without labels: whether pairs are close, whether all is spread
 * out, and whether anything is left to tell images apart by.
 *
 * Rows are divided by their length here, as torch's `normalize` does it; a row of zeros stays what
 * it is.
 */
import { Problem } from "../base/problem.ts";

/** n vectors, row by row. */
export interface Rows {
  /** [n, width] */
  values: Float32Array;
  width: number;
}

/**
 * The mean squared distance of positive pairs, |x - y|^2 with unit vectors x and y: 0, where all
 * partners are equal, … 4.
 *
 * @param anchors n rows
 * @param partners n rows; row i is the partner of row i
 * @throws {Problem} where there are no pairs, or rows without partners
 * @see Wang & Isola 2020, "Understanding Contrastive Representation Learning through Alignment and
 *   Uniformity on the Hypersphere", section 4.1, with alpha = 2 (arXiv 2005.10242)
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * const [right, up] = [Float32Array.of(3, 0), Float32Array.of(0, 1)];
 * strictEqual(alignment({ values: right, width: 2 }, { values: up, width: 2 }), 2);
 * ```
 */
export function alignment(anchors: Rows, partners: Rows): number {
  const n = rowsIn(anchors, 1, "alignment");
  if (partners.values.length !== anchors.values.length || partners.width !== anchors.width) {
    throw new Problem(
      `alignment compares row with row, but there are ${n} anchors of width ${anchors.width} and ` +
        `${partners.values.length / partners.width} partners of width ${partners.width}`,
    );
  }
  const x = unitRows(anchors), y = unitRows(partners);
  let sum = 0;
  for (let at = 0; at < x.length; at++) sum += (x[at] - y[at]) ** 2;
  return sum / n;
}

/**
 * log of the mean of exp(-2 |x - y|^2) over all pairs of different rows, unit vectors x and y: 0,
 * where all are equal, and the lower the more evenly they cover the sphere (about -4 where they are
 * uniform on one of many dimensions).
 *
 * @throws {Problem} for fewer than two rows
 * @see Wang & Isola 2020, section 4.1, with t = 2 (arXiv 2005.10242)
 */
export function uniformity(rows: Rows): number {
  const n = rowsIn(rows, 2, "uniformity");
  const { width } = rows;
  const x = unitRows(rows);
  let sum = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      let squared = 0;
      for (let c = 0; c < width; c++) squared += (x[i * width + c] - x[j * width + c]) ** 2;
      sum += Math.exp(-2 * squared);
    }
  }
  return Math.log(sum / (n * (n - 1) / 2));
}

/**
 * The standard deviation of each dimension of the unit vectors, averaged over the d dimensions, times
 * sqrt(d): 0 where all point one way (collapse), about 1 where all directions are equally likely.
 *
 * @throws {Problem} for fewer than two rows
 * @see Chen & He 2021, "Exploring Simple Siamese Representation Learning", section 4.1, where an
 *   even spread is 1 / sqrt(d) (arXiv 2011.10566)
 */
export function featureStd(rows: Rows): number {
  const n = rowsIn(rows, 2, "the feature standard deviation");
  const { width } = rows;
  const x = unitRows(rows);
  let total = 0;
  for (let c = 0; c < width; c++) {
    let mean = 0, squares = 0;
    for (let i = 0; i < n; i++) mean += x[i * width + c] / n;
    for (let i = 0; i < n; i++) squares += (x[i * width + c] - mean) ** 2;
    total += Math.sqrt(squares / (n - 1)); // torch's and lightly's: unbiased
  }
  return total / Math.sqrt(width);
}

function rowsIn({ values, width }: Rows, least: number, what: string): number {
  const n = values.length / width;
  if (n >= least) return n;
  throw new Problem(`${what} of ${n} rows is not defined: give ${least} or more`);
}

/** Rows of length 1, in double precision: distances of near ones are small differences. */
function unitRows({ values, width }: Rows): Float64Array {
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
