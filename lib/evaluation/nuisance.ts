/**
 * How much of a nuisance factor (background, light, artist …) is left in the features, beside how
 * much of the concept: by variance, by a linear probe, and by the company that images keep.
 */
import { Problem } from "../base/problem.ts";
import type { Features } from "./features.ts";
import { type Column, levelsOf } from "./factor_levels.ts";
import { classify, linearProbe } from "./linear.ts";
import { type Accuracy, accuracy, type Scores } from "./metrics.ts";
import { nearestOthers } from "./neighbours.ts";
import { less, meanRow, rowsIn, unitRows } from "./rows.ts";

/** What a factor explains of the features' variance, 0 … 1. */
export interface ExplainedVariance {
  /** eta squared: that of the levels' means, as it is. */
  eta2: number;
  /** epsilon squared: less what as many levels would explain by chance; may be below 0. */
  epsilon2: number;
  /** Levels that occur. */
  levels: number;
}

/**
 * The share of the features' variance that a factor explains: of the squared distances of unit
 * vectors from their mean, those of the means of the factor's levels ({@link levelsOf}).
 *
 *   eta^2     = B / T                                 B between levels, T total
 *   epsilon^2 = 1 - ((T - B) / (n - g)) / (T / (n - 1))   g levels, n images
 *
 * Means of few images differ by chance: eta^2 of a factor that means nothing is (g - 1) / (n - 1)
 * on average, which is much for 60 concepts and little for five backgrounds. epsilon^2 is 0 on
 * average there, over all orders of the column exactly, in any number of dimensions; omega^2 is
 * not. It is the adjusted R^2 of a regression of the features on the levels.
 *
 * @returns NaN for both where all features are equal; for epsilon^2 where no two images share a
 *   level. A factor with one level explains 0.
 * @throws {Problem} where a feature or a value is not finite, or their numbers differ
 * @see Kelley 1935, "An unbiased correlation ratio measure"; for many dimensions Peres-Neto et al.
 *   2006, "Variation partitioning of species data matrices", eq. 4
 */
export function explainedVariance(features: Features, factor: Column): ExplainedVariance {
  const { width } = features;
  const n = rowsIn(features, 1, "explained variance");
  checkLength(factor, n);
  const { names, of } = levelsOf(factor);
  const levels = of(factor);
  const unit = unitRows(features);
  const x = less(unit, meanRow(unit, width));
  const sums = new Float64Array(names.length * width), counts = new Float64Array(names.length);
  levels.forEach((level, i) => {
    counts[level]++;
    for (let c = 0; c < width; c++) sums[level * width + c] += x[i * width + c];
  });
  const g = counts.filter((count) => count > 0).length;
  const total = x.reduce((sum, v) => sum + v * v, 0);
  if (total <= n * 1e-20) return { eta2: NaN, epsilon2: NaN, levels: g };
  const between = sums.reduce(
    (sum, v, at) => sum + (v === 0 ? 0 : v * v / counts[Math.floor(at / width)]),
    0,
  );
  const eta2 = between / total;
  const epsilon2 = n > g ? 1 - (1 - eta2) * (n - 1) / (n - g) : NaN;
  return { eta2, epsilon2, levels: g };
}

/** How well a probe names a factor's level, 0 … 1. */
export interface FactorProbe extends Pick<Accuracy, "top1" | "meanPerClass"> {
  /** The accuracies of naming the most frequent level of the training images every time. */
  chance: Pick<Accuracy, "top1" | "meanPerClass">;
  levels: number;
}

/**
 * The accuracy of a linear probe for a factor's levels ({@link levelsOf}; the limits of fifths are
 * those of the training images): lower is more invariant. A level that only test images have cannot
 * be named right, and a factor that all training images share is named right by chance alone.
 *
 * @param seed of the split that chooses the probe's regularisation
 * @param grid what it is chosen from
 * @throws {Problem} where a feature or a value is not finite, or their numbers differ
 */
export async function factorProbe(
  train: Features,
  trainFactor: Column,
  test: Features,
  testFactor: Column,
  { seed, grid }: { seed: number; grid?: readonly number[] },
): Promise<FactorProbe> {
  checkLength(trainFactor, rowsIn(train, 1, "a factor's probe"));
  checkLength(testFactor, rowsIn(test, 1, "a factor's probe"));
  const { names, of } = levelsOf(trainFactor, testFactor);
  const classes = names.length;
  const [fit, asked] = [of(trainFactor), of(testFactor)];
  const chance = score(constant(mostFrequent(fit, classes), asked.length, classes), asked);
  if (new Set(fit).size === 1) return { ...chance, chance, levels: classes };
  const probe = await linearProbe({ ...train, labels: fit, classes }, { seed, grid });
  const scores = await classify(probe, { ...test, labels: asked, classes });
  return { ...score(scores, asked), chance, levels: classes };
}

/** How often an image's nearest neighbours share a factor with it. */
export interface SharedByNeighbours {
  factor: string;
  /** 0 … 1. */
  shared: number;
  /** The same for any other image, drawn at random. */
  chance: number;
  /** `shared` as a multiple of `chance`: 1 is no more than chance. */
  times: number;
}

/**
 * For each factor, the share of the k nearest other images (by cosine) that share its level
 * ({@link levelsOf}) with the image, over all images: high for the concept and near chance for what
 * the features ignore.
 *
 * @param factors columns by name
 * @param k fewer where there are no more
 * @returns `times` is NaN where no two images share a level
 * @throws {Problem} for fewer than two images, or where a feature or a value is not finite
 */
export async function sharedByNeighbours(
  features: Features,
  factors: Readonly<Record<string, Column>>,
  { k = 10 }: { k?: number } = {},
): Promise<SharedByNeighbours[]> {
  const n = rowsIn(features, 2, "neighbours");
  Object.values(factors).forEach((column) => checkLength(column, n));
  const { indices: neighbours } = await nearestOthers(features, k);
  const each = neighbours.length / n;
  return Object.entries(factors).map(([factor, column]) => {
    const { names, of } = levelsOf(column);
    const levels = of(column);
    const alike = neighbours.reduce(
      (sum, j, at) => sum + Number(levels[j] === levels[Math.floor(at / each)]),
      0,
    );
    const counts = new Float64Array(names.length);
    for (const level of levels) counts[level]++;
    const shared = alike / neighbours.length;
    const chance = counts.reduce((sum, count) => sum + count * (count - 1), 0) / (n * (n - 1));
    return { factor, shared, chance, times: shared / chance };
  });
}

function checkLength(column: Column, n: number): void {
  if (column.length === n) return;
  throw new Problem(`a factor has ${column.length} values for ${n} images: give each image one`);
}

function score(scores: Scores, labels: Int32Array): Pick<Accuracy, "top1" | "meanPerClass"> {
  const { top1, meanPerClass } = accuracy(scores, labels);
  return { top1, meanPerClass };
}

/** Scores by which every image is of one level. */
function constant(level: number, n: number, classes: number): Scores {
  const values = Float32Array.from(
    { length: n * classes },
    (_, at) => Number(at % classes === level),
  );
  return { values, classes };
}

function mostFrequent(levels: Int32Array, classes: number): number {
  const counts = new Int32Array(classes);
  for (const level of levels) counts[level]++;
  return counts.indexOf(Math.max(...counts));
}
