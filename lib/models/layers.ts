/**
 * The layers that networks are made of; `compose.ts` joins them.
 *
 * A layer is a pure function on its variables. Names are torch's (`weight`, `running_mean`, …), so
 * that the path of a leaf is the key of a torch state dict. Layouts are TensorFlow's: images NHWC,
 * convolutions [height, width, in, out], linear layers [in, out].
 */
import {
  batchNorm as normalize,
  batchNormOverReplicas,
  batchNormTraining,
  convolution,
  maxPool3x3,
  relu as rectify,
  tf,
} from "../engine/mod.ts";
import { normal, uniform } from "./initial.ts";
import type { Branch, Layer } from "./model.ts";

/** Share of the newest batch in batch norm's running statistics; torch's default. */
const statisticsMomentum = 0.1;

/**
 * A square convolution, padded by (kernel - 1) / 2 on every side as torch does it.
 *
 * Weights start normal with variance 2 / (kernel² · outputs), where no `deviation` is given.
 *
 * @param bias what a bias starts from; there is none where absent
 * @see He et al. 2015, "Delving Deep into Rectifiers", eq. 14 (fan-out; arXiv 1502.01852)
 */
export function conv(
  inputs: number,
  outputs: number,
  { kernel, stride = 1, deviation = Math.sqrt(2 / (kernel * kernel * outputs)), bias }: {
    kernel: number;
    stride?: number;
    deviation?: number;
    bias?: number;
  },
): Layer {
  const shape: [number, number, number, number] = [kernel, kernel, inputs, outputs];
  return {
    init: (prng) => {
      const params: Branch = { weight: normal(prng, shape, deviation) };
      if (bias !== undefined) params.bias = tf.fill([outputs], bias);
      return { params, stats: {} };
    },
    apply: ({ params, stats }, x) => {
      const { weight, bias } = params as { weight: tf.Tensor4D; bias?: tf.Tensor1D };
      const y = convolution(x as tf.Tensor4D, weight, stride);
      return { y: bias ? y.add(bias) : y, stats };
    },
  };
}

/**
 * A linear layer, x W + b, over the last axis. Both start uniform in ± 1 / sqrt(inputs), torch's
 * default.
 *
 * @param bias whether there is a b; batch norm right behind it would cancel it
 * @param bound W starts uniform in ± this instead, and b at 0
 */
export function linear(
  inputs: number,
  outputs: number,
  { bias, bound }: { bias: boolean; bound?: number },
): Layer {
  const usual = 1 / Math.sqrt(inputs);
  return {
    init: (prng) => {
      const weight = uniform(prng.fork("weight"), [inputs, outputs], bound ?? usual);
      const params: Branch = { weight };
      if (bias) {
        params.bias = uniform(prng.fork("bias"), [outputs], bound === undefined ? usual : 0);
      }
      return { params, stats: {} };
    },
    apply: ({ params, stats }, x) => {
      const { weight, bias } = params as { weight: tf.Tensor2D; bias?: tf.Tensor1D };
      const rows = x.rank === 2 ? x : x.reshape([-1, inputs]);
      const product = tf.matMul(rows as tf.Tensor2D, weight);
      const y = bias ? tf.add(product, bias) : product;
      return { y: x.rank === 2 ? y : y.reshape([...x.shape.slice(0, -1), outputs]), stats };
    },
  };
}

/**
 * Batch norm over all axes but the last, as torch's: it divides by the biased deviation of the
 * batch, keeps a running average of the unbiased variance, and uses that when not training.
 *
 * @param scale what the gain `weight` starts from
 * @param affine whether there are a gain and a bias that are learned
 * @see Ioffe & Szegedy 2015, algorithm 1 (arXiv 1502.03167)
 */
export function batchNorm(channels: number, { scale = 1, affine = true } = {}): Layer {
  const fixed = () => ({ weight: tf.fill([channels], scale), bias: tf.zeros([channels]) });
  return {
    init: () => ({
      params: affine ? fixed() : {},
      stats: { running_mean: tf.zeros([channels]), running_var: tf.ones([channels]) },
    }),
    apply: ({ params, stats }, x, { training, replicas }) => {
      const { weight, bias } = (affine ? params : fixed()) as Record<string, tf.Tensor1D>;
      const running = stats as Record<string, tf.Tensor1D>;
      if (!training) {
        const { running_mean, running_var } = running;
        return { y: normalize(x, weight, bias, running_mean, running_var), stats };
      }
      const { y, mean, variance } = replicas
        ? batchNormOverReplicas(x, weight, bias, replicas)
        : batchNormTraining(x, weight, bias);
      const count = (replicas?.count ?? 1) * x.size / channels;
      return {
        y,
        stats: {
          running_mean: average(running.running_mean, mean),
          running_var: average(running.running_var, variance.mul(count / (count - 1))),
        },
      };
    },
  };
}

/**
 * Layer norm over the last axis: every token by its own mean and biased deviation, with a gain and a
 * bias that are learned. Epsilon is 1e-6, as in vision transformers; torch's default is 1e-5.
 *
 * @see Ba et al. 2016, "Layer Normalization", eq. 4 (arXiv 1607.06450)
 */
export function layerNorm(width: number): Layer {
  return {
    init: () => ({ params: { weight: tf.ones([width]), bias: tf.zeros([width]) }, stats: {} }),
    apply: ({ params, stats }, x) => {
      const { weight, bias } = params as Record<string, tf.Tensor1D>;
      const centred = x.sub(x.mean(-1, true));
      const scale = centred.square().mean(-1, true).add(1e-6).rsqrt();
      return { y: centred.mul(scale).mul(weight).add(bias), stats };
    },
  };
}

/**
 * Group norm of images [n, height, width, channels], as torch's: each group of neighbouring channels
 * of an image by its own mean and biased deviation, with a gain and a bias for each channel.
 *
 * @see Wu & He 2018, "Group Normalization", eq. 7 (arXiv 1803.08494)
 */
export function groupNorm(groups: number, channels: number): Layer {
  return {
    init: () => ({
      params: { weight: tf.ones([channels]), bias: tf.zeros([channels]) },
      stats: {},
    }),
    apply: ({ params, stats }, x) => {
      const { weight, bias } = params as Record<string, tf.Tensor1D>;
      const [n] = x.shape;
      const groupMean = (x: tf.Tensor) =>
        // [n, 1, 1, channels], the same number for all of a group
        x.mean([1, 2]).reshape([n, groups, channels / groups]).mean(2, true)
          .mul(tf.ones([1, 1, channels / groups])).reshape([n, 1, 1, channels]);
      const centred = x.sub(groupMean(x));
      const scale = groupMean(centred.square()).add(1e-5).rsqrt().mul(weight);
      return { y: centred.mul(scale).add(bias), stats };
    },
  };
}

/** max(x, 0) */
export const relu: Layer = pure(rectify);

/**
 * x times the chance that a standard normal number is below it, (1 + erf(x / sqrt 2)) / 2: exact,
 * without the approximation by tanh.
 *
 * @see Hendrycks & Gimpel 2016, "Gaussian Error Linear Units", eq. 1 (arXiv 1606.08415)
 */
export const gelu: Layer = pure((x) => tf.erf(x.mul(Math.SQRT1_2)).add(1).mul(x).mul(0.5));

/** The largest of each 3x3 window, every second pixel, padded by 1. For inputs >= 0 only. */
export const maxPool: Layer = pure(maxPool3x3);

function pure(fn: (x: tf.Tensor4D) => tf.Tensor): Layer {
  return {
    init: () => ({ params: {}, stats: {} }),
    apply: ({ stats }, x) => ({ y: fn(x as tf.Tensor4D), stats }),
  };
}

function average(running: tf.Tensor, batch: tf.Tensor): tf.Tensor {
  return running.mul(1 - statisticsMomentum).add(batch.mul(statisticsMomentum));
}
