/** What multinomial logistic regression minimises, and its gradient. */
import { dispose, jit, softmaxCrossEntropy, tf, valueAndGradients } from "../engine/mod.ts";
import type { Features } from "./features.ts";
import type { Evaluation } from "./lbfgs.ts";

/**
 * How the objective's terms are added up. In `single` precision all of it is one function of the
 * engine. In `double` the engine does everything that takes time, and the entropies and the penalty
 * are added up here: where the penalty is strong, the objective's smallest steps would else be lost.
 */
export type Sums = "single" | "double";

/** The objective on some images, for L-BFGS. */
export interface LogisticLoss {
  evaluate(coefficients: Float64Array): Promise<Evaluation>;
  dispose(): void;
}

/** Mean cross entropy + |W|^2 / (2 c n), of coefficients that {@link toTensors} tells apart. */
export function logisticLoss(
  { values, width, labels, classes }: Features,
  c: number,
  sums: Sums,
): LogisticLoss {
  const n = labels.length;
  const penalty = 1 / (2 * c * n);
  const x = tf.tensor2d(values, [n, width]);
  const targets = tf.tidy(() =>
    tf.oneHot(tf.tensor1d(labels, "int32"), classes, 1, 0, "float32") as tf.Tensor2D
  );
  if (sums === "double") {
    const evaluate = (at: Float64Array) => sumInDouble({ x, targets }, penalty, at);
    return { evaluate, dispose: () => dispose(x, targets) };
  }
  const factor = tf.scalar(penalty);
  const evaluate = (at: Float64Array) => sumInSingle({ x, targets, penalty: factor }, at);
  return { evaluate, dispose: () => dispose(x, targets, factor) };
}

/** Coefficients as a classifier has them: the weights, then the biases. */
export function toTensors(coefficients: Float64Array, width: number, classes: number): Tensors {
  const all = new Float32Array(coefficients);
  return {
    weights: tf.tensor2d(all.subarray(0, width * classes), [width, classes]),
    bias: tf.tensor1d(all.subarray(width * classes)),
  };
}

type Images = { x: tf.Tensor2D; targets: tf.Tensor2D };
type Tensors = { weights: tf.Tensor2D; bias: tf.Tensor1D };

function crossEntropies({ x, targets }: Images, { weights, bias }: Tensors): tf.Tensor1D {
  const logits = tf.matMul(x, weights).add<tf.Tensor2D>(bias); // [n, classes]
  return softmaxCrossEntropy(logits, targets);
}

const entropiesAndGradients = jit((images: Images, coefficients: Tensors) => {
  const loss = (coefficients: Tensors) => {
    const entropies = crossEntropies(images, coefficients);
    return { value: entropies.mean<tf.Scalar>(), aux: { entropies } };
  };
  const { gradients, aux } = valueAndGradients(loss, coefficients);
  return { gradients, ...aux };
});

async function sumInDouble(
  images: Images,
  penalty: number,
  coefficients: Float64Array,
): Promise<Evaluation> {
  const [width, classes] = [images.x.shape[1], images.targets.shape[1]];
  const tensors = toTensors(coefficients, width, classes);
  const { gradients, entropies } = await entropiesAndGradients.async(images, tensors);
  const gradient = await joined(gradients);
  const terms = await entropies.data();
  dispose(tensors, gradients, entropies);
  let entropy = 0, squares = 0;
  for (let i = 0; i < terms.length; i++) entropy += terms[i];
  for (let i = 0; i < width * classes; i++) { // the biases are not penalised
    squares += coefficients[i] ** 2;
    gradient[i] += 2 * penalty * coefficients[i];
  }
  return { value: entropy / terms.length + penalty * squares, gradient };
}

type PenalisedImages = Images & { penalty: tf.Scalar };

const lossAndGradients = jit(({ penalty, ...images }: PenalisedImages, coefficients: Tensors) => {
  const loss = (coefficients: Tensors) => {
    const entropy = crossEntropies(images, coefficients).mean();
    const value = entropy.add<tf.Scalar>(coefficients.weights.square().sum().mul(penalty));
    return { value, aux: {} };
  };
  const { value, gradients } = valueAndGradients(loss, coefficients);
  return { value, gradients };
});

async function sumInSingle(
  images: PenalisedImages,
  coefficients: Float64Array,
): Promise<Evaluation> {
  const tensors = toTensors(coefficients, images.x.shape[1], images.targets.shape[1]);
  const { value, gradients } = await lossAndGradients.async(images, tensors);
  const gradient = await joined(gradients);
  const [loss] = await value.data();
  dispose(tensors, value, gradients);
  return { value: loss, gradient };
}

async function joined({ weights, bias }: Tensors): Promise<Float64Array> {
  const all = new Float64Array(weights.size + bias.size);
  all.set(await weights.data());
  all.set(await bias.data(), weights.size);
  return all;
}
