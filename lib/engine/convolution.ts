/**
 * Convolutions by the faster of two ways: directly, or, those of 3x3, by Winograd's transforms.
 *
 * Within a compiled function on a CPU, the sizes decide. The bounds are measured, see
 * tests/bench/README.md: small convolutions gain nothing and stay as they are, bit for bit.
 */
import { after, precisionOnCpu } from "./compiling.ts";
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

/** Pixels a side of the largest maps that gain from it, by precision. */
const largestMapOfKernelGradient = { fp32: Infinity, bf16: 8 };

/**
 * A square convolution, padded by (kernel - 1) / 2 on every side.
 *
 * @param x [n, height, width, in]
 * @param kernel [size, size, in, out], of an odd size
 * @returns [n, ceil(height / stride), ceil(width / stride), out]
 */
export function convolution(x: tf.Tensor4D, kernel: tf.Tensor4D, stride = 1): tf.Tensor4D {
  const margin = stride > 1 ? (kernel.shape[0] - 1) / 2 : 0;
  const direct = directly(grown(x.shape, margin), kernel.shape, stride);
  const ways = waysOf(x.shape, kernel.shape, stride);
  if (!ways) return direct.outputs(padded(x, margin), kernel);
  const outputs = ways.outputs ? winograd : direct;
  const kernelGradient = ways.kernelGradient ? winograd : direct;
  const convolve = tf.customGrad((...args) => {
    const [x, kernel, save] = args as [tf.Tensor4D, tf.Tensor4D, tf.GradSaveFunc];
    save([x, kernel]);
    return {
      value: outputs.outputs(padded(x, margin), kernel),
      gradFunc: (gradient: tf.Tensor, saved: tf.Tensor[]) => {
        const [x, kernel] = saved as tf.Tensor4D[], dy = gradient as tf.Tensor4D;
        // What is padded is padded anew: to keep it would cost more. And the kernel's gradient comes
        // first, while x is in the caches; TensorFlow would leave it for later.
        const late = margin === 0 ? x : padded(after(x, dy), margin);
        const ofKernel = kernelGradient.kernelGradient(late, dy);
        const ofInput = outputs.inputGradient(after(dy, ofKernel), kernel);
        return [inner(ofInput, margin, x.shape), ofKernel];
      },
    };
  });
  return convolve(x, kernel) as tf.Tensor4D;
}

// With a stride, TensorFlow's "same" may pad the far side only: windows would lie elsewhere. A
// convolution with explicit padding would save the copy, but its gradients do not run on oneDNN:
// 1.5 x slower steps in fp32, 40 x in bf16.
function padded(x: tf.Tensor4D, margin: number): tf.Tensor4D {
  if (margin === 0) return x;
  return tf.pad(x, [[0, 0], [margin, margin], [margin, margin], [0, 0]]);
}

const grown = ([n, height, width, channels]: readonly number[], margin: number) => {
  return [n, height + 2 * margin, width + 2 * margin, channels];
};

/** Without the margin. */
function inner(x: tf.Tensor4D, margin: number, shape: tf.Tensor4D["shape"]): tf.Tensor4D {
  return margin === 0 ? x : x.slice([0, margin, margin, 0], shape);
}

/** Whether a convolution's parts go by Winograd's transforms; nothing where the engine decides. */
function waysOf(
  x: readonly number[],
  kernel: readonly number[],
  stride: number,
): { outputs: boolean; kernelGradient: boolean } | undefined {
  const precision = precisionOnCpu();
  if (!precision) return undefined;
  const channels = Math.min(kernel[2], kernel[3]);
  const fit = kernel[0] === 3 && stride === 1 && worthwhile(x, kernel);
  return {
    outputs: fit && channels >= fewestChannels[precision],
    kernelGradient: fit && channels >= fewestChannelsOfKernelGradient &&
      Math.max(x[1], x[2]) <= largestMapOfKernelGradient[precision],
  };
}

function worthwhile(x: readonly number[], [, , inputs, outputs]: readonly number[]): boolean {
  const [n, height, width] = x;
  const tiles = n * imageTiles(x);
  const operations = 2 * n * height * width * 9 * inputs * outputs;
  // With few tiles, the transforms of the kernel weigh more than those of the images.
  return operations >= fewestOperations && tiles >= Math.max(inputs, outputs) / 2;
}

const winograd = {
  outputs: winogradOutputs,
  inputGradient: winogradInputGradient,
  kernelGradient: winogradKernelGradient,
};

/** The engine's own convolution, and its gradients. */
function directly(inputShape: number[], filterShape: number[], strides: number): typeof winograd {
  const pad = strides > 1 ? "valid" : "same";
  const settings = { strides, pad, dataFormat: "NHWC" };
  const kernel = (name: string, inputs: Record<string, tf.Tensor>, shape: object) =>
    tf.engine().runKernel<tf.Tensor4D>(name, inputs, { ...settings, ...shape });
  return {
    outputs: (x, kernel) => tf.conv2d(x, kernel, strides, pad),
    inputGradient: (dy, filter) => kernel("Conv2DBackpropInput", { dy, filter }, { inputShape }),
    kernelGradient: (x, dy) => kernel("Conv2DBackpropFilter", { x, dy }, { filterShape }),
  };
}
