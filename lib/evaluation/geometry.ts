/**
 * How features lie in space: whether pairs are close, whether all is spread out, whether anything
 * is left to tell images apart by, in how many directions, and whether classes lie apart.
 *
 * But for the effective rank, rows are divided by their length here, as torch's `normalize` does
 * it; a row of zeros stays what it is, and its cosine with any row is 0. Features that are NaN or
 * infinite are a Problem that names the row, unless it says otherwise.
 */
import { Problem } from "../base/problem.ts";
import { unlabeled } from "../datasets/dataset.ts";
import type { Features } from "./features.ts";
import { countOf, forEachProduct, meanRow, type Rows, rowsIn, unitRows } from "./rows.ts";
import { singularValues } from "./spectrum.ts";
export type { Rows };

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
  rowsIn(partners, 1, "alignment");
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
  const squares = Float64Array.from({ length: n }, (_, i) => square(x, i * width, width));
  let sum = 0;
  forEachProduct(x, width, (i, j, product) => {
    if (i !== j) sum += Math.exp(-2 * (squares[i] + squares[j] - 2 * product));
  });
  return Math.log(sum / (n * (n - 1) / 2));
}

/**
 * The standard deviation of each dimension of the unit vectors, averaged over the d dimensions, times
 * sqrt(d): 0 where all point one way (collapse), about 1 where all directions are equally likely.
 *
 * @returns NaN where a feature is none: whoever watches a run takes it for collapse
 * @throws {Problem} for fewer than two rows
 * @see Chen & He 2021, "Exploring Simple Siamese Representation Learning", section 4.1, where an
 *   even spread is 1 / sqrt(d) (arXiv 2011.10566)
 */
export function featureStd(rows: Rows): number {
  const n = countOf(rows, 2, "the feature standard deviation");
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

/**
 * In how many directions the rows spread: exp of the entropy of the singular values, divided by
 * their sum. 1 where all rows point one way, at most the width or n, 0 where all are zeros.
 *
 * Of the rows as they are, neither centred nor divided by their length, as RankMe has it; its 1e-7
 * beside each share is left out, which changes nothing that is printed.
 *
 * @see Roy & Vetterli 2007, "The effective rank: a measure of effective dimensionality"; Garrido et
 *   al. 2023, "RankMe: Assessing the downstream performance of pretrained self-supervised
 *   representations by their rank", eq. 1 (arXiv 2210.02885)
 * @example
 * ```ts
 * import { ok } from "node:assert/strict";
 * const identity = Float32Array.of(1, 0, 0, 1); // two equal singular values
 * ok(Math.abs(effectiveRank({ values: identity, width: 2 }) - 2) < 1e-6);
 * ```
 */
export function effectiveRank(rows: Rows): number {
  rowsIn(rows, 1, "the effective rank");
  const singular = singularValues(Float64Array.from(rows.values), rows.width);
  const sum = singular.reduce((sum, s) => sum + s, 0);
  if (sum === 0) return 0;
  const entropy = singular.map((s) => s / sum).filter((p) => p > 0)
    .reduce((sum, p) => sum - p * Math.log(p), 0);
  return Math.exp(entropy);
}

/**
 * How far classes lie apart: 1 - (mean distance within classes) / (mean distance of all), by cosine
 * distance: 0 where classes are no closer than all images, 1 where each is a point.
 *
 * As its authors have it, classes count alike, however many images they have, and an image is at no
 * distance from itself, which flatters classes of few images: compare it at equal numbers only.
 *
 * @returns NaN where all rows are equal; classes without images do not count
 * @throws {Problem} for no rows, or naming the first one of which no class is known
 * @see Kornblith et al. 2021, "Why Do Better Loss Functions Lead to Less Transferable Features?",
 *   section 3.3 (arXiv 2010.16402)
 */
export function classSeparation(features: Features): number {
  const n = rowsIn(features, 1, "class separation");
  const { labels, width } = features;
  const unknown = labels.indexOf(unlabeled);
  if (unknown >= 0) {
    throw new Problem(`class separation: row ${unknown} has no class; leave such images out`);
  }
  const x = unitRows(features);
  const members = Map.groupBy(Array(n).keys(), (i) => labels[i]);
  // The mean cosine of the rows of two classes, pair by pair, is that of their mean rows.
  const means = new Float64Array(members.size * width);
  let within = 0;
  for (const [k, rows] of [...members.values()].entries()) {
    const mean = means.subarray(k * width, (k + 1) * width);
    for (const i of rows) {
      for (let c = 0; c < width; c++) mean[c] += x[i * width + c] / rows.length;
    }
    within += (1 - square(mean, 0, width)) / members.size;
  }
  const total = 1 - square(meanRow(means, width), 0, width);
  return total > 1e-12 ? 1 - within / total : NaN;
}

/** The squared length of the row that starts there. */
function square(x: Float64Array, start: number, width: number): number {
  let sum = 0;
  for (let c = start; c < start + width; c++) sum += x[c] * x[c];
  return sum;
}
