/** Batch norm by the statistics of a batch that several processes share. */
import { releaseToScope } from "./gradients.ts";
import { asImages, batchNorm, batchNormAttributes, type BatchNormResult } from "./kernels.ts";
import type { Replicas } from "./replicas.ts";
import { engine, type TensorFlowEngine } from "./start.ts";
import { tf } from "./tfjs.ts";

/**
 * As `batchNormTraining`, where x is one's own part of the batch, as large as the others'. With m_r and
 * v_r mean and biased variance of the part of process r, the batch has
 *   m = mean_r m_r,  v = mean_r (v_r + (m_r - m)^2)
 * One exchange forward, of 2c numbers, and one backward.
 *
 * @param x [n, h, w, c] or [n, c]
 * @see Ioffe & Szegedy 2015, algorithm 1 and section 3 (arXiv 1502.03167); Chan et al. 1979, "Updating
 *   formulae and a pairwise algorithm for computing sample variances", eq. 2.1
 */
export function batchNormOverReplicas<T extends tf.Tensor>(
  x: T,
  scale: tf.Tensor1D,
  offset: tf.Tensor1D,
  replicas: Replicas,
  epsilon = 1e-5,
): BatchNormResult<T> {
  const images = asImages(x);
  const statistics: tf.Tensor1D[] = [];
  const normalise = tf.customGrad((...args) => {
    const [x, scale, offset, save] = args as [
      ...[tf.Tensor4D, tf.Tensor1D, tf.Tensor1D],
      tf.GradSaveFunc,
    ];
    const [mean, variance] = sharedMoments(x, replicas, epsilon);
    statistics.push(tf.keep(mean), tf.keep(variance));
    save([x, scale, mean, variance]);
    return {
      value: batchNorm(x, scale, offset, mean, variance, epsilon),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) =>
        gradients(dy, saved as Saved, replicas, epsilon),
    };
  });
  const y = normalise(images, scale, offset).reshape(x.shape) as T;
  releaseToScope(statistics);
  const [mean, variance] = statistics;
  return { y, mean, variance };
}

type Saved = [x: tf.Tensor4D, scale: tf.Tensor1D, mean: tf.Tensor1D, variance: tf.Tensor1D];

/** Mean and biased variance of the whole batch, [c] each. */
function sharedMoments(x: tf.Tensor4D, replicas: Replicas, epsilon: number): tf.Tensor1D[] {
  const c = x.shape[3], n = x.size / c, none = tf.tensor1d([], "float32");
  const inputs = [x, tf.ones([c]), tf.zeros([c]), none, none];
  const [, mean, unbiased] = run("FusedBatchNormV3", epsilon, true, inputs, 6);
  const own = tf.stack([mean, unbiased.mul((n - 1) / n)]).expandDims(0); // [1, 2, c]
  const [means, variances] = tf.unstack(replicas.gather(own), 1); // [count, c] each
  const shared = means.mean<tf.Tensor1D>(0);
  return [shared, variances.add(means.sub(shared).square()).mean<tf.Tensor1D>(0)];
}

/**
 * Of x, scale and offset; those of the latter are one's own part's. With s = scale / sqrt(v + epsilon),
 * and z the normalised x,
 *   dx = s (dy - mean(dy) - z mean(dy z))
 */
function gradients(
  dy: tf.Tensor,
  [x, scale, mean, variance]: Saved,
  replicas: Replicas,
  epsilon: number,
): tf.Tensor[] {
  const count = replicas.count * x.size / x.shape[3];
  const root = variance.add(epsilon).rsqrt();
  const z = x.sub(mean).mul(root);
  const [dscale, doffset] = [dy.mul(z), dy].map((values) => values.sum([0, 1, 2]));
  const [ofDyZ, ofDy] = tf.unstack(replicas.sum(tf.stack([dscale, doffset])).div(count));
  return [dy.sub(z.mul(ofDyZ)).sub(ofDy).mul(scale.mul(root)), dscale, doffset];
}

function run(
  name: string,
  epsilon: number,
  training: boolean,
  inputs: tf.Tensor[],
  outputs: number,
): tf.Tensor[] {
  const { backend } = engine as TensorFlowEngine; // only there are there replicas
  return backend.executeMultipleOutputs(
    name,
    batchNormAttributes(epsilon, training),
    inputs,
    outputs,
  );
}
