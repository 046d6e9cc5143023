/** PROVISIONAL (same signatures in the final one) */
import { tf } from "./tfjs.ts";

/** x [n,h,w,c] or [n,c]; returns y and the batch's mean and biased variance [c]. */
export function batchNormTraining(x: tf.Tensor, scale: tf.Tensor1D, offset: tf.Tensor1D, epsilon = 1e-5): { y: tf.Tensor; mean: tf.Tensor1D; variance: tf.Tensor1D } {
  const axes = x.shape.slice(0, -1).map((_, i) => i);
  const { mean, variance } = tf.moments(x, axes);
  const y = x.sub(mean).mul(variance.add(epsilon).rsqrt().mul(scale)).add(offset);
  return { y, mean: mean as tf.Tensor1D, variance: variance as tf.Tensor1D };
}
/** Batch norm with given statistics. */
export function batchNorm(x: tf.Tensor, scale: tf.Tensor1D, offset: tf.Tensor1D, mean: tf.Tensor1D, variance: tf.Tensor1D, epsilon = 1e-5): tf.Tensor {
  return x.sub(mean).mul(variance.add(epsilon).rsqrt().mul(scale)).add(offset);
}
/** max(x, 0) */
export function relu<T extends tf.Tensor>(x: T): T { return tf.relu(x); }
/** [n, c] logits, [n, c] target probabilities -> [n] losses in nats; gradient to the logits. */
export function softmaxCrossEntropy(logits: tf.Tensor2D, targets: tf.Tensor2D): tf.Tensor1D {
  return tf.logSoftmax(logits).mul(targets).sum(1).neg() as tf.Tensor1D;
}
