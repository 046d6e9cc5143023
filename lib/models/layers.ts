/**
 * The layers that networks are made of; `compose.ts` joins them.
 *
 * A layer is a pure function on its variables. Names are torch's (`weight`, `running_mean`, …), so
 * that the path of a leaf is the key of a torch state dict. Layouts are TensorFlow's: images NHWC,
 * convolutions [height, width, in, out], linear layers [in, out].
 */
import type { Prng } from "../base/prng.ts";
import { batchNorm as normalize, batchNormTraining, relu as rectify, tf } from "../engine/mod.ts";
import type { Branch, Layer } from "./model.ts";

/** Share of the newest batch in batch norm's running statistics; torch's default. */
const statisticsMomentum = 0.1;

/**
 * A square convolution without bias, padded by (kernel - 1) / 2 on every side as torch does it.
 *
 * Weights start normal with variance 2 / (kernel² · outputs).
 * @see He et al. 2015, "Delving Deep into Rectifiers", eq. 14 (fan-out; arXiv 1502.01852)
 */
export function conv(
  inputs: number,
  outputs: number,
  { kernel, stride = 1 }: { kernel: number; stride?: number },
): Layer {
  const margin = (kernel - 1) / 2;
  const shape: [number, number, number, number] = [kernel, kernel, inputs, outputs];
  const deviation = Math.sqrt(2 / (kernel * kernel * outputs));
  return {
    init: (prng) => ({ params: { weight: normal(prng, shape, deviation) }, stats: {} }),
    apply: ({ params, stats }, x) => {
      const weight = (params as Branch).weight as tf.Tensor4D;
      if (stride === 1) return { y: tf.conv2d(x as tf.Tensor4D, weight, 1, "same"), stats };
      // With a stride, TensorFlow's "same" may pad the far side only: windows would lie elsewhere.
      // A convolution with explicit padding would save the copy, but its gradients do not run on
      // oneDNN: 1.5 x slower steps in fp32, 40 x in bf16.
      return { y: tf.conv2d(pad(x, margin), weight, stride, "valid"), stats };
    },
  };
}

/**
 * A linear layer, x W + b. Both start uniform in ± 1 / sqrt(inputs), torch's default.
 *
 * @param bias whether there is a b; batch norm right behind it would cancel it
 */
export function linear(inputs: number, outputs: number, { bias }: { bias: boolean }): Layer {
  const bound = 1 / Math.sqrt(inputs);
  return {
    init: (prng) => {
      const params: Branch = { weight: uniform(prng.fork("weight"), [inputs, outputs], bound) };
      if (bias) params.bias = uniform(prng.fork("bias"), [outputs], bound);
      return { params, stats: {} };
    },
    apply: ({ params, stats }, x) => {
      const { weight, bias } = params as { weight: tf.Tensor2D; bias?: tf.Tensor1D };
      const y = tf.matMul(x as tf.Tensor2D, weight); // [n, outputs]
      return { y: bias ? tf.add(y, bias) : y, stats };
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
    apply: ({ params, stats }, x, { training }) => {
      const { weight, bias } = (affine ? params : fixed()) as Record<string, tf.Tensor1D>;
      const running = stats as Record<string, tf.Tensor1D>;
      if (!training) {
        const { running_mean, running_var } = running;
        return { y: normalize(x, weight, bias, running_mean, running_var), stats };
      }
      const { y, mean, variance } = batchNormTraining(x, weight, bias);
      const count = x.size / channels;
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

/** max(x, 0) */
export const relu: Layer = pure(rectify);

/** The largest of each 3x3 window, every second pixel, padded by 1. For inputs >= 0 only. */
export const maxPool: Layer = pure((x) =>
  // torch pads with -infinity; behind a relu, zeros are as small as anything.
  tf.maxPool(pad(x, 1), 3, 2, "valid")
);

function pure(fn: (x: tf.Tensor4D) => tf.Tensor): Layer {
  return {
    init: () => ({ params: {}, stats: {} }),
    apply: ({ stats }, x) => ({ y: fn(x as tf.Tensor4D), stats }),
  };
}

function pad(x: tf.Tensor, margin: number): tf.Tensor4D {
  if (margin === 0) return x as tf.Tensor4D;
  return tf.pad(x as tf.Tensor4D, [[0, 0], [margin, margin], [margin, margin], [0, 0]]);
}

function average(running: tf.Tensor, batch: tf.Tensor): tf.Tensor {
  return running.mul(1 - statisticsMomentum).add(batch.mul(statisticsMomentum));
}

function normal(prng: Prng, shape: number[], deviation: number): tf.Tensor {
  return draw(shape, () => deviation * prng.normal());
}

function uniform(prng: Prng, shape: number[], bound: number): tf.Tensor {
  return draw(shape, () => prng.uniform(-bound, bound));
}

function draw(shape: number[], next: () => number): tf.Tensor {
  const size = shape.reduce((product, n) => product * n, 1);
  return tf.tensor(Float32Array.from({ length: size }, next), shape);
}
