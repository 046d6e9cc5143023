/**
 * 3x3 convolutions by the faster of two ways: directly, or by Winograd's transforms.
 *
 * Within a compiled function on a CPU, the sizes decide. The bounds are measured, see
 * tests/bench/README.md: small convolutions gain nothing and stay as they are, bit for bit.
 */
import { engine } from "./start.ts";
import { tf } from "./tfjs.ts";
import {
  imageTiles,
  winogradInputGradient,
  winogradKernelGradient,
  winogradOutputs,
} from "./winograd.ts";

/** Operations (two a multiplication) below which the transforms cost more than they save. */
const fewestOperations = 4e9;

/** Channels, in and out, below which they do: for outputs and the inputs' gradient, by precision … */
const fewestChannels = { fp32: 64, bf16: Infinity };

/** … and for the kernel's gradient, which is always computed in float32 then. */
const fewestChannelsOfKernelGradient = 128;

/**
 * A 3x3 convolution of stride 1, padded by 1 on every side.
 *
 * @param x [n, height, width, in]
 * @param kernel [3, 3, in, out]
 * @returns [n, height, width, out]
 */
export function convolution3x3(x: tf.Tensor4D, kernel: tf.Tensor4D): tf.Tensor4D {
  const precision = compiledPrecision();
  if (!precision || !worthwhile(x.shape, kernel.shape)) return direct(x, kernel);
  const channels = Math.min(...kernel.shape.slice(2));
  const outputs = channels >= fewestChannels[precision];
  const kernelGradient = channels >= fewestChannelsOfKernelGradient;
  if (!outputs && !kernelGradient) return direct(x, kernel);
  const convolve = tf.customGrad((...args) => {
    const [x, kernel, save] = args as [tf.Tensor4D, tf.Tensor4D, tf.GradSaveFunc];
    save([x, kernel]);
    return {
      value: outputs ? winogradOutputs(x, kernel) : direct(x, kernel),
      gradFunc: (gradient: tf.Tensor, saved: tf.Tensor[]) => {
        const [x, kernel] = saved as tf.Tensor4D[], dy = gradient as tf.Tensor4D;
        return [
          outputs ? winogradInputGradient(dy, kernel) : directInputGradient(dy, kernel, x.shape),
          kernelGradient
            ? winogradKernelGradient(x, dy)
            : directKernelGradient(x, dy, kernel.shape),
        ];
      },
    };
  });
  return convolve(x, kernel) as tf.Tensor4D;
}

/** In what precision the engine is about to compile for a CPU, where it is, and not by XLA. */
function compiledPrecision(): "fp32" | "bf16" | undefined {
  if (engine.name !== "tensorflow" || engine.backend.isUsingGpuDevice) return undefined;
  const { graph } = engine.tracing;
  return graph?.xla ? undefined : graph?.precision;
}

function worthwhile(x: readonly number[], [, , inputs, outputs]: readonly number[]): boolean {
  const [n, height, width] = x;
  const tiles = n * imageTiles(x);
  const operations = 2 * n * height * width * 9 * inputs * outputs;
  // With few tiles, the transforms of the kernel weigh more than those of the images.
  return operations >= fewestOperations && tiles >= Math.max(inputs, outputs) / 2;
}

const direct = (x: tf.Tensor4D, kernel: tf.Tensor4D) => tf.conv2d(x, kernel, 1, "same");

const same = { strides: 1, pad: "same", dataFormat: "NHWC" };

function directInputGradient(dy: tf.Tensor4D, filter: tf.Tensor4D, inputShape: number[]) {
  return tf.engine().runKernel<tf.Tensor>(
    "Conv2DBackpropInput",
    { dy, filter },
    { ...same, inputShape },
  );
}

function directKernelGradient(x: tf.Tensor4D, dy: tf.Tensor4D, filterShape: number[]) {
  return tf.engine().runKernel<tf.Tensor>(
    "Conv2DBackpropFilter",
    { x, dy },
    { ...same, filterShape },
  );
}
