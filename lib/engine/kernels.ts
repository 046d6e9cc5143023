/**
 * Fused operations with gradients, where one kernel of the engine replaces a chain of tfjs's. On
 * WebGPU, and inside {@link withoutFusedKernels}, the chain runs; both agree to rounding.
 */
import { releaseToScope } from "./gradients.ts";
import { engine, type TensorFlowEngine } from "./start.ts";
import { tf } from "./tfjs.ts";

let fusedKernels = true;

/** Runs a function with tfjs's own operations only: what benchmarks compare with. */
export function withoutFusedKernels<T>(run: () => T): T {
  fusedKernels = false;
  try {
    return run();
  } finally {
    fusedKernels = true;
  }
}

function fused(): TensorFlowEngine | undefined {
  return fusedKernels && engine.name === "tensorflow" ? engine : undefined;
}

const float = (name: string) => ({ name, type: 4, value: 1 });

/** The result of batch norm on a batch. */
export interface BatchNormResult<T extends tf.Tensor> {
  y: T;
  /** The batch's mean, [c]. */
  mean: tf.Tensor1D;
  /** The batch's variance, [c]: biased, the one that `y` is normalised by. */
  variance: tf.Tensor1D;
}

/**
 * Batch norm by the batch's own statistics; gradients flow through `y` to x, scale and offset.
 *
 * @param x [n, h, w, c] or [n, c]
 * @param scale [c]
 * @param offset [c]
 * @see Ioffe & Szegedy 2015, algorithm 1 (arXiv 1502.03167)
 */
export function batchNormTraining<T extends tf.Tensor>(
  x: T,
  scale: tf.Tensor1D,
  offset: tf.Tensor1D,
  epsilon = 1e-5,
): BatchNormResult<T> {
  const target = fused();
  if (!target) return plainBatchNormTraining(x, scale, offset, epsilon);
  const images = asImages(x);
  const statistics: tf.Tensor[] = [];
  const normalise = tf.customGrad((...args) => {
    const [x, scale, offset, save] = args as [tf.Tensor, tf.Tensor, tf.Tensor, tf.GradSaveFunc];
    const attributes = batchNormAttributes(epsilon, true);
    const none = tf.tensor1d([], "float32");
    const inputs = [x, scale, offset, none, none];
    const [y, mean, variance, ...reserved] = target.backend.executeMultipleOutputs(
      "FusedBatchNormV3",
      attributes,
      inputs,
      6,
    );
    statistics.push(tf.keep(mean), tf.keep(variance));
    save([x, scale, ...reserved]);
    return {
      value: y,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) =>
        target.backend.executeMultipleOutputs(
          "FusedBatchNormGradV3",
          attributes,
          [dy, ...saved],
          5,
        ).slice(0, 3),
    };
  });
  const y = normalise(images, scale, offset).reshape(x.shape) as T;
  releaseToScope(statistics);
  // TensorFlow reports the unbiased variance.
  const n = images.size / images.shape[3];
  const [mean, variance] = statistics as tf.Tensor1D[];
  return { y, mean, variance: variance.mul((n - 1) / n) };
}

/**
 * Batch norm by given statistics, for inference: no gradients.
 *
 * @param x [n, h, w, c] or [n, c]; scale, offset, mean and variance [c]
 */
export function batchNorm<T extends tf.Tensor>(
  x: T,
  scale: tf.Tensor1D,
  offset: tf.Tensor1D,
  mean: tf.Tensor1D,
  variance: tf.Tensor1D,
  epsilon = 1e-5,
): T {
  const target = fused();
  if (!target) {
    return x.sub(mean).mul(variance.add(epsilon).rsqrt().mul(scale)).add(offset) as T;
  }
  const [y, ...rest] = target.backend.executeMultipleOutputs(
    "FusedBatchNormV3",
    batchNormAttributes(epsilon, false),
    [asImages(x), scale, offset, mean, variance],
    6,
  );
  for (const tensor of rest) tensor.dispose();
  return y.reshape(x.shape) as T;
}

function plainBatchNormTraining<T extends tf.Tensor>(
  x: T,
  scale: tf.Tensor1D,
  offset: tf.Tensor1D,
  epsilon: number,
): BatchNormResult<T> {
  const axes = x.shape.slice(0, -1).map((_, axis) => axis);
  const { mean, variance } = tf.moments(x, axes);
  const y = x.sub(mean).mul(variance.add(epsilon).rsqrt().mul(scale)).add(offset) as T;
  return { y, mean: mean as tf.Tensor1D, variance: variance as tf.Tensor1D };
}

/** The attributes of the fused operations of batch norm. */
export function batchNormAttributes(epsilon: number, training: boolean) {
  return [
    float("T"),
    float("U"),
    { name: "epsilon", type: 2, value: epsilon },
    { name: "data_format", type: 0, value: "NHWC" },
    { name: "is_training", type: 3, value: training },
  ];
}

/** Features [n, c] as images [n, 1, 1, c]; images as they are. */
export function asImages(x: tf.Tensor): tf.Tensor4D {
  return x.rank === 4 ? x as tf.Tensor4D : x.reshape([x.shape[0], 1, 1, x.shape[1]!]);
}

/** max(x, 0), with a gradient of one kernel. */
export function relu<T extends tf.Tensor>(x: T): T {
  const target = fused();
  if (!target) return tf.relu(x);
  const rectify = tf.customGrad((...args) => {
    const [x, save] = args as [tf.Tensor, tf.GradSaveFunc];
    const y = target.backend.executeSingleOutput("Relu", [float("T")], [x]);
    save([y]);
    return {
      value: y,
      gradFunc: (dy: tf.Tensor, [y]: tf.Tensor[]) =>
        target.backend.executeSingleOutput("ReluGrad", [float("T")], [dy, y]),
    };
  });
  return rectify(x) as T;
}

/**
 * Softmax cross entropy: -sum_c targets[i, c] * log softmax(logits)[i, c], in nats.
 *
 * @param logits [n, c]
 * @param targets [n, c] probabilities, or [1, c] for all rows alike; no gradient flows to them
 * @returns [n]
 */
export function softmaxCrossEntropy(logits: tf.Tensor2D, targets: tf.Tensor2D): tf.Tensor1D {
  const target = fused();
  if (!target) return tf.logSoftmax(logits).mul(targets).sum<tf.Tensor1D>(1).neg();
  const probabilities = tf.cast(targets, "float32");
  const entropy = tf.customGrad((...args) => {
    const [logits, save] = args as [tf.Tensor, tf.GradSaveFunc];
    const [value, gradient] = target.backend.executeMultipleOutputs(
      "SoftmaxCrossEntropyWithLogits",
      [float("T")],
      [logits, probabilities],
      2,
    );
    save([gradient]);
    return {
      value,
      gradFunc: (dy: tf.Tensor, [gradient]: tf.Tensor[]) => gradient.mul(dy.expandDims(1)),
    };
  });
  return entropy(logits) as tf.Tensor1D;
}
