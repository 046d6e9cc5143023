/** The linear probe: multinomial logistic regression on frozen features. */
import { prng } from "../base/prng.ts";
import { dispose, jit, softmaxCrossEntropy, tf, valueAndGradients } from "../engine/mod.ts";
import { checkSpace, type Features, selectRows } from "./features.ts";
import { minimize } from "./lbfgs.ts";
import { accuracy, type Scores } from "./metrics.ts";
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
 * backbone; they are neither centred nor scaled one by one.
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
  const size = rootMeanSquare(train.values);
  const unit = { ...train, values: train.values.map((v) => v / size) };
  const { larger, smaller } = stratifiedSplit(train.labels, 0.2, prng(seed));
  const [fitted, held] = [selectRows(unit, larger), selectRows(unit, smaller)];
  let best: { classifier: LinearClassifier; top1: number } | undefined;
  let start: Float64Array | undefined; // each fit goes on from the one before
  for (const c of [...grid].sort((a, b) => a - b)) {
    const classifier = await logisticRegression(fitted, c, { start, maxIterations: 100 });
    const { top1 } = accuracy(await classify(classifier, held), held.labels);
    if (!best || top1 > best.top1) best = { classifier, top1 };
    start = classifier.coefficients;
  }
  const { c, coefficients } = best!.classifier;
  const chosen = await logisticRegression(unit, c, { start: coefficients });
  const biases = train.width * train.classes; // where they start
  return { ...chosen, coefficients: chosen.coefficients.map((v, i) => i < biases ? v / size : v) };
}

function rootMeanSquare(values: Float32Array): number {
  const sum = values.reduce((sum, v) => sum + v * v, 0);
  return Math.sqrt(sum / values.length) || 1;
}

/**
 * Multinomial logistic regression with an L2 penalty, scikit-learn's `LogisticRegression(C=c)`:
 * minimises mean cross entropy + |W|^2 / (2 c n) over weights W and biases (not penalised), for n
 * images, by L-BFGS until no component of the gradient exceeds 1e-4.
 *
 * @param start coefficients to start from; zeros by default
 * @param maxIterations of L-BFGS; `converged` tells whether they were enough
 */
export async function logisticRegression(
  { values, width, labels, classes }: Features,
  c: number,
  { start = new Float64Array((width + 1) * classes), maxIterations = 1000 }: {
    start?: Float64Array;
    maxIterations?: number;
  } = {},
): Promise<LinearClassifier> {
  const n = labels.length;
  const x = tf.tensor2d(values, [n, width]);
  const targets = tf.tidy(() =>
    tf.oneHot(tf.tensor1d(labels, "int32"), classes, 1, 0, "float32") as tf.Tensor2D
  );
  const penalty = tf.scalar(1 / (2 * c * n));
  try {
    const objective = (coefficients: Float64Array) =>
      evaluate({ x, targets, penalty }, coefficients);
    const { x: coefficients, value, converged } = await minimize(objective, start, {
      maxIterations,
    });
    return { coefficients, width, classes, c, objective: value, converged };
  } finally {
    dispose(x, targets, penalty);
  }
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

type Data = { x: tf.Tensor2D; targets: tf.Tensor2D; penalty: tf.Scalar };
type Coefficients = { weights: tf.Tensor2D; bias: tf.Tensor1D };

const lossAndGradients = jit(({ x, targets, penalty }: Data, coefficients: Coefficients) => {
  const loss = ({ weights, bias }: Coefficients) => {
    const logits = tf.matMul(x, weights).add<tf.Tensor2D>(bias); // [n, classes]
    const entropy = softmaxCrossEntropy(logits, targets).mean();
    return { value: entropy.add<tf.Scalar>(weights.square().sum().mul(penalty)), aux: {} };
  };
  const { value, gradients } = valueAndGradients(loss, coefficients);
  return { value, gradients };
});

async function evaluate(data: Data, coefficients: Float64Array) {
  const [width, classes] = [data.x.shape[1], data.targets.shape[1]];
  const tensors = toTensors(coefficients, width, classes);
  const { value, gradients } = await lossAndGradients.async(data, tensors);
  const gradient = new Float64Array(coefficients.length);
  gradient.set(await gradients.weights.data());
  gradient.set(await gradients.bias.data(), width * classes);
  const [loss] = await value.data();
  dispose(tensors, value, gradients);
  return { value: loss, gradient };
}

function toTensors(coefficients: Float64Array, width: number, classes: number): Coefficients {
  const all = new Float32Array(coefficients);
  return {
    weights: tf.tensor2d(all.subarray(0, width * classes), [width, classes]),
    bias: tf.tensor1d(all.subarray(width * classes)),
  };
}
