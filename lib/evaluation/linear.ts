/** The linear probe: multinomial logistic regression on frozen features. */
import { Problem } from "../base/problem.ts";
import { prng } from "../base/prng.ts";
import { type Progress, silent } from "../base/progress.ts";
import { tf } from "../engine/mod.ts";
import { checkFinite, checkLabels, checkSpace, type Features, selectRows } from "./features.ts";
import { minimize } from "./lbfgs.ts";
import { logisticLoss, type Sums, toTensors } from "./logistic_loss.ts";
import { type Accuracy, accuracy, type Scores } from "./metrics.ts";
import { stratifiedSplit } from "./split.ts";

/** A linear classifier. */
export interface LinearClassifier {
  /** [width, classes], then the biases, [classes]. */
  coefficients: Float64Array;
  width: number;
  classes: number;
  /** Inverse strength of the regularisation, as in scikit-learn. */
  c: number;
  /** The minimum of the objective that {@link logisticRegression} states. */
  objective: number;
  /** Of L-BFGS. */
  iterations: number;
  converged: boolean;
}

/** Eight values of C, a decade apart. */
export const defaultGrid: readonly number[] = [1e-4, 1e-3, 1e-2, 1e-1, 1, 1e1, 1e2, 1e3];

/**
 * The linear probe: fits with each C of the grid on four fifths of the training images, takes the C
 * with the best top-1 accuracy on the last fifth (the smallest of equals), and fits again on all of
 * them. No test image takes part in the choice. Its fits stop after 100 iterations at the latest,
 * converged or not; the last one may take 1000.
 *
 * Features are divided by one number, their root mean square, so that a C means the same for every
 * backbone; they are neither centred nor scaled one by one. The objective is added up in single
 * precision, as it was for the results that are stored.
 *
 * @param seed of the stratified split
 * @returns a classifier of features as they are; its `c` and `objective` are of the divided ones
 * @see Ericsson et al. 2021, "How Well Do Self-Supervised Models Transfer?", section 3.2, for the
 *   choice of C; they have 45 values of it and features as they are
 */
export async function linearProbe(
  train: Features,
  { grid = defaultGrid, seed }: { grid?: readonly number[]; seed: number },
): Promise<LinearClassifier> {
  checkFinite(train);
  checkLabels(train);
  const size = rootMeanSquare(train.values);
  const unit = { ...train, values: train.values.map((v) => v / size) };
  const { larger, smaller } = stratifiedSplit(train.labels, 0.2, prng(seed));
  const [fitted, held] = [selectRows(unit, larger), selectRows(unit, smaller)];
  const ascending = [...grid].sort((a, b) => a - b);
  const { best: { c, coefficients } } = await tryEach(ascending, fitted, held, { sums: "single" });
  const chosen = await fit(unit, c, { start: coefficients, sums: "single" });
  const biases = train.width * train.classes; // where they start
  return { ...chosen, coefficients: chosen.coefficients.map((v, i) => i < biases ? v / size : v) };
}

/** What one C has led to. */
export interface Trial
  extends Pick<LinearClassifier, "c" | "objective" | "iterations" | "converged"> {
  /** Of the held images, 0 … 1. */
  accuracy: number;
}

/**
 * Fits with each C in turn, each fit going on from the one before, 100 iterations at most.
 *
 * @param held the images that say which C is best; classes may be absent from them
 * @returns `best` is the first of equals
 * @throws {Problem} where no images are held
 */
export async function tryEach(
  grid: readonly number[],
  fitted: Features,
  held: Features,
  { metric = "top1", sums, progress = silent }: {
    metric?: keyof Accuracy;
    sums?: Sums;
    progress?: Progress;
  } = {},
): Promise<{ best: LinearClassifier; last: LinearClassifier; trials: Trial[] }> {
  if (held.labels.length === 0) {
    throw new Problem(
      "no class has two training images, so none can be held to choose C on: give more images a " +
        "class, or fit with one C",
    );
  }
  const trials: Trial[] = [];
  let best: LinearClassifier, last: LinearClassifier | undefined, highest = -1;
  for (const [done, c] of grid.entries()) {
    progress(done, grid.length, `C ${c.toExponential(1)}`);
    last = await fit(fitted, c, { start: last?.coefficients, maxIterations: 100, sums });
    const { [metric]: reached } = accuracy(await classify(last, held), held.labels);
    if (reached > highest) [best, highest] = [last, reached];
    const { objective, iterations, converged } = last;
    trials.push({ c, accuracy: reached, objective, iterations, converged });
  }
  progress(grid.length, grid.length);
  return { best: best!, last: last!, trials };
}

function rootMeanSquare(values: Float32Array): number {
  const sum = values.reduce((sum, v) => sum + v * v, 0);
  return Math.sqrt(sum / values.length) || 1;
}

/** How a minimum is looked for. */
export interface FitOptions {
  /** Coefficients to start from; zeros by default. */
  start?: Float64Array;
  /** Of L-BFGS, 1000 by default; a classifier's `converged` tells whether they were enough. */
  maxIterations?: number;
  /** The largest component of the gradient at the end; 1e-4 by default, as in scikit-learn. */
  tolerance?: number;
  /** Double by default. */
  sums?: Sums;
}

/**
 * Multinomial logistic regression with an L2 penalty, scikit-learn's `LogisticRegression(C=c)`:
 * minimises mean cross entropy + |W|^2 / (2 c n) over weights W and biases (not penalised), for n
 * images, by L-BFGS.
 *
 * A class without images may be among them: its bias stays where it is as good as never predicted,
 * at -20. So may a constant feature, and fewer images than classes.
 *
 * @throws {Problem} where there are no images, features that are no finite numbers, or images without
 *   a class
 */
export async function logisticRegression(
  features: Features,
  c: number,
  options: FitOptions = {},
): Promise<LinearClassifier> {
  if (features.labels.length === 0) throw new Problem("no images to fit a linear classifier on");
  checkFinite(features);
  checkLabels(features);
  return await fit(features, c, options);
}

async function fit(
  features: Features,
  c: number,
  { start, maxIterations = 1000, tolerance = 1e-4, sums = "double" }: FitOptions,
): Promise<LinearClassifier> {
  const { width, classes } = features;
  const { evaluate, dispose } = logisticLoss(features, c, sums);
  start ??= sums === "double" ? without(features) : new Float64Array((width + 1) * classes);
  const noise = sums === "double" ? 1e-7 : 0;
  try {
    const found = await minimize(evaluate, start, { maxIterations, tolerance, noise });
    const { x: coefficients, value: objective, iterations, converged } = found;
    return { coefficients, width, classes, c, objective, iterations, converged };
  } finally {
    dispose();
  }
}

/** Coefficients to start from: zeros, but for the biases of classes without images. */
function without({ width, classes, labels }: Features): Float64Array {
  const start = new Float64Array((width + 1) * classes);
  start.fill(-20, width * classes); // so unlikely that no gradient will change it
  for (const label of labels) start[width * classes + label] = 0;
  return start;
}

/** The logits of every class. */
export async function classify(
  classifier: LinearClassifier,
  features: Features,
): Promise<Scores> {
  checkSpace(classifier, features);
  const { coefficients, width, classes } = classifier;
  const { values, labels } = features;
  const logits = tf.tidy(() => {
    const { weights, bias } = toTensors(coefficients, width, classes);
    return tf.tensor2d(values, [labels.length, width]).matMul(weights).add(bias);
  });
  const scores = await logits.data<"float32">();
  logits.dispose();
  return { values: scores, classes };
}
