/**
 * How little features change when the image does: on another background, rotated, compressed,
 * corrupted. Everything compares row with row of two sets of features, of the same images as they
 * are and changed.
 */
import { Problem } from "../base/problem.ts";
import { unlabeled } from "../datasets/dataset.ts";
import type { Features } from "./features.ts";
import { classify, type LinearClassifier } from "./linear.ts";
import { accuracy, type Scores } from "./metrics.ts";
import { nearest } from "./neighbours.ts";
import { less, meanRow, rowsIn, unitRows } from "./rows.ts";
import { whitening } from "./spectrum.ts";

/** How near features stay to those of the image as it was. */
export interface Invariance {
  /** The mean cosine of an image's features and the changed image's. */
  cosine: number;
  /** The same of an image and another one, changed: all pairs of different images. */
  random: number;
  /** (cosine - random) / (1 - random): 1 where nothing changes, 0 where images are lost. */
  relative: number;
  /** Share of the images whose nearest of all changed images is their own; by chance 1 / n. */
  retrieval: number;
}

/**
 * Compares the features of images with those of the same images, changed.
 *
 * A cosine alone says little: where all images point one way it is 1 whatever is changed. Hence the
 * others, which take features that cannot tell images apart for what they are; {@link whitenedCosine}
 * is another one.
 *
 * @param original row i is image i
 * @param changed row i is image i, changed
 * @returns `random` and `relative` are NaN for one image, `relative` also where all features are
 *   equal
 * @throws {Problem} where the rows are not of the same images, or a feature is not finite
 */
export async function invariance(original: Features, changed: Features): Promise<Invariance> {
  const n = checkAligned(original, changed);
  const { width } = original;
  const [x, y] = [unitRows(original), unitRows(changed)];
  const cosine = meanProduct(x, y, n);
  // All pairs at once: the sum of the products is the product of the sums.
  const all = n * n * meanProduct(meanRow(x, width), meanRow(y, width), 1);
  const random = n > 1 ? (all - n * cosine) / (n * (n - 1)) : NaN;
  const { indices } = await nearest(changed, original, 1);
  return {
    cosine,
    random,
    relative: 1 - random > 1e-12 ? (cosine - random) / (1 - random) : NaN,
    retrieval: indices.filter((found, i) => found === i).length / n,
  };
}

/**
 * The mean cosine of an image's features and the changed image's, after centring and whitening by the
 * originals' mean and covariance: directions in which all images vary much do not outweigh the others,
 * and random pairs are at about 0.
 *
 * @param original row i is image i
 * @param changed row i is image i, changed
 * @returns NaN where there are no more images than features, whose covariance is not known then, or
 *   where all features are equal
 * @throws {Problem} where the rows are not of the same images, or a feature is not finite
 * @see Ericsson et al. 2021, "Why Do Self-Supervised Models Transfer? Investigating the Impact of
 *   Invariance on Downstream Tasks", section 4 (arXiv 2111.11398), and its code
 */
export function whitenedCosine(original: Features, changed: Features): number {
  const n = checkAligned(original, changed);
  const { width } = original;
  if (n <= width) return NaN;
  const [x, y] = [original, changed].map((rows) => Float64Array.from(rows.values));
  const mean = meanRow(x, width);
  const { directions, whiten } = whitening(less(x, mean), width);
  if (directions === 0) return NaN;
  const [a, b] = [x, y].map((rows) => {
    const white = whiten(less(rows, mean)).to1DArray();
    return unitRows({ values: Float64Array.from(white), width: directions });
  });
  return meanProduct(a, b, n);
}

/** What a change of the images does to a classifier's answers; shares 0 … 1. */
export interface PredictionChange {
  /** Images that are given the same class before and after. */
  consistency: number;
  /** Top-1 accuracy on the images as they are, and changed. */
  accuracy: number;
  changedAccuracy: number;
  /** Their difference: of backgrounds swapped, Xiao et al.'s "background gap". */
  drop: number;
}

/**
 * Compares a classifier's answers for images with those for the same images, changed.
 *
 * @param classifier fitted on features of images as they are
 * @param original row i is image i
 * @param changed row i is image i, changed
 * @throws {Problem} where the rows are not of the same images, one has no class, a feature is not
 *   finite, or the classifier is of other features or classes
 * @see Xiao et al. 2021, "Noise or Signal: The Role of Image Backgrounds in Object Recognition",
 *   section 3 (arXiv 2006.09994); Hendrycks & Dietterich 2019, "Benchmarking Neural Network
 *   Robustness to Common Corruptions and Perturbations" (arXiv 1903.12261)
 */
export async function predictionChange(
  classifier: LinearClassifier,
  original: Features,
  changed: Features,
): Promise<PredictionChange> {
  const n = checkAligned(original, changed);
  const unknown = original.labels.indexOf(unlabeled);
  if (unknown >= 0) {
    throw new Problem(`invariance: row ${unknown} has no class; leave such images out`);
  }
  const before = await classify(classifier, original), after = await classify(classifier, changed);
  const [a, b] = [before, after].map((scores) => accuracy(scores, original.labels).top1);
  const answers = [before, after].map(predictions);
  const same = answers[0].filter((answer, i) => answer === answers[1][i]).length;
  return { consistency: same / n, accuracy: a, changedAccuracy: b, drop: a - b };
}

/** @returns the number of images */
function checkAligned(original: Features, changed: Features): number {
  const n = rowsIn(original, 1, "invariance");
  const m = rowsIn(changed, 1, "invariance, changed images");
  if (n !== m || original.width !== changed.width) {
    throw new Problem(
      `invariance compares row with row, but there are ${n} images of width ${original.width} ` +
        `and ${m} changed ones of width ${changed.width}: take one backbone and the same images`,
    );
  }
  const other = original.labels.findIndex((label, i) => label !== changed.labels[i]);
  if (other < 0) return n;
  throw new Problem(
    `invariance compares row with row, but row ${other} is of class ${
      original.labels[other]
    } and, ` +
      `changed, of class ${changed.labels[other]}: give the same images in the same order`,
  );
}

/** The mean, over the rows, of the product of row i with row i. */
function meanProduct(x: Float64Array, y: Float64Array, n: number): number {
  return x.reduce((sum, v, at) => sum + v * y[at], 0) / n;
}

/** The class with the highest score, the lower of equals, as in {@link accuracy}. */
function predictions({ values, classes }: Scores): number[] {
  return Array.from({ length: values.length / classes }, (_, i) => {
    const scores = values.subarray(i * classes, (i + 1) * classes);
    return scores.indexOf(Math.max(...scores));
  });
}
