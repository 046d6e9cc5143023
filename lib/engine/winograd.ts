/**
 * 3x3 convolutions of stride 1 with a quarter of the multiplications: Winograd's F(4x4, 3x3).
 *
 * Each tile of 4x4 outputs depends on 6x6 inputs. In the transformed domain its convolution is a
 * product at each of 36 points, and with many channels and tiles 36 matrix products, [tiles, in] by
 * [in, out]. XLA compiles the transforms, oneDNN multiplies. A batch is cut into chunks that stay
 * in the caches; several run at a time. Rounding grows some tenfold, to about 5e-6 of the result's
 * deviation: that of float32 and far below bfloat16's.
 *
 * Transformed values are [36, tiles, channels], points by column, then row.
 *
 * @see Lavin & Gray 2016, "Fast Algorithms for Convolutional Neural Networks", section 4.2 and 4.3
 *   (arXiv 1509.09308); Winograd 1980, "Arithmetic Complexity of Computations"
 */
import { after } from "./compiling.ts";
import { jit } from "./jit.ts";
import { tf } from "./tfjs.ts";

type Matrix = readonly (readonly number[])[];

/** What an output of a tile takes of the points: A^T of the paper. */
const outputMatrix: Matrix = [
  [1, 1, 1, 1, 1, 0],
  [0, 1, -1, 2, -2, 0],
  [0, 1, 1, 4, 4, 0],
  [0, 1, -1, 8, -8, 1],
];

/** What a point takes of a tile's inputs: B^T. */
const inputMatrix: Matrix = [
  [4, 0, -5, 0, 1, 0],
  [0, -4, -4, 1, 1, 0],
  [0, 4, -4, -1, 1, 0],
  [0, -2, -1, 2, 1, 0],
  [0, 2, -1, -2, 1, 0],
  [0, 4, 0, -5, 0, 1],
];

/** What a point takes of a kernel: G. */
const kernelMatrix: Matrix = [
  [1 / 4, 0, 0],
  [-1 / 6, -1 / 6, -1 / 6],
  [-1 / 6, 1 / 6, -1 / 6],
  [1 / 24, 1 / 12, 1 / 6],
  [1 / 24, -1 / 12, 1 / 6],
  [0, 0, 1],
];

const transposed = (matrix: Matrix): Matrix => matrix[0].map((_, i) => matrix.map((row) => row[i]));

/** y_i = sum_j matrix_ij x_j */
function combine(matrix: Matrix, x: tf.Tensor[]): tf.Tensor[] {
  return matrix.map((row) => {
    const terms = row.flatMap((factor, j) => {
      if (factor === 0) return [];
      return factor === 1 ? x[j] : x[j].mul<tf.Tensor>(factor);
    });
    return terms.reduce((sum, term) => sum.add(term));
  });
}

/** Every fourth slice of an axis, from each of the first `count` on. */
function strided(x: tf.Tensor, axis: number, count: number, tiles: number): tf.Tensor[] {
  return Array.from({ length: count }, (_, i) => {
    const begin = x.shape.map(() => 0), end = [...x.shape], strides = x.shape.map(() => 1);
    begin[axis] = i, end[axis] = i + 4 * (tiles - 1) + 1, strides[axis] = 4;
    return tf.stridedSlice(x, begin, end, strides);
  });
}

// One kernel of XLA for each direction: in one for both, it computes the first one anew for every
// use of the second.
const xla = { xla: true };

const rows = (matrix: Matrix, tilesOf: (height: number) => number) =>
  jit((x: tf.Tensor) => {
    const tiles = tilesOf(x.shape[1]!);
    return tf.stack(combine(matrix, strided(x, 1, matrix[0].length, tiles)));
  }, xla); // [6, n, tiles, width, channels]

const columns = (matrix: Matrix, tilesOf: (width: number) => number) =>
  jit((x: tf.Tensor) => {
    const [, n, height, width, channels] = x.shape as number[];
    const tiles = tilesOf(width);
    const y = tf.stack(combine(matrix, strided(x, 3, matrix[0].length, tiles)));
    return y.reshape([36, n * height * tiles, channels]);
  }, xla);

const overlapping = (size: number) => (size - 2) / 4;
const disjoint = (size: number) => size / 4;
const inputRows = rows(inputMatrix, overlapping), inputColumns = columns(inputMatrix, overlapping);
const gradientRows = rows(transposed(outputMatrix), disjoint);
const gradientColumns = columns(transposed(outputMatrix), disjoint);

/** How far a side is padded: by the kernel's margin, and up to a multiple of 4. */
const multiple = (size: number) => Math.ceil(size / 4) * 4;

function padded(x: tf.Tensor, margin: number): tf.Tensor {
  const [, height, width] = x.shape as number[];
  const pad = (size: number): [number, number] => [margin, margin + multiple(size) - size];
  if (margin === 0 && multiple(height) === height && multiple(width) === width) return x;
  return tf.pad(x, [[0, 0], pad(height), pad(width), [0, 0]]);
}

const transformInputs = (x: tf.Tensor) => inputColumns(inputRows(padded(x, 1))) as tf.Tensor3D;

const transformGradients = (dy: tf.Tensor) =>
  gradientColumns(gradientRows(padded(dy, 0))) as tf.Tensor3D;

const transformKernel = jit((kernel: tf.Tensor) => {
  const down = tf.stack(combine(kernelMatrix, tf.unstack(kernel, 0))); // [6, 3, in, out]
  const points = tf.stack(combine(kernelMatrix, tf.unstack(down, 1)));
  return points.reshape([36, ...kernel.shape.slice(2)]) as tf.Tensor3D;
}, xla);

/** The kernel by which the gradient of the outputs becomes that of the inputs. */
const turned = (kernel: tf.Tensor4D) => kernel.reverse([0, 1]).transpose<tf.Tensor4D>([0, 1, 3, 2]);

const transformTurned = jit((kernel: tf.Tensor4D) => transformKernel(turned(kernel)), xla);

/** From the points [36, in, out] to a kernel's gradient [3, 3, in, out]. */
const kernelGradient = jit((points: tf.Tensor) => {
  const [, inputs, outputs] = points.shape as number[];
  const matrix = transposed(kernelMatrix);
  const byColumn = tf.unstack(points.reshape([6, 6, inputs, outputs]));
  const across = tf.stack(combine(matrix, byColumn), 1); // [6, 3, in, out]
  return tf.stack(combine(matrix, tf.unstack(across)));
}, xla);

const outputColumns = jit((points: tf.Tensor) => {
  const [, , n, down, across, channels] = points.shape as number[];
  const y = tf.stack(combine(outputMatrix, tf.unstack(points)), 4);
  return y.reshape([6, n, down, across * 4, channels]);
}, xla);

const outputRows = jit((x: tf.Tensor) => {
  const [, n, down, width, channels] = x.shape as number[];
  return tf.stack(combine(outputMatrix, tf.unstack(x)), 2).reshape([n, down * 4, width, channels]);
}, xla);

/** The outputs of some images, given the transformed kernel. */
function outputs(x: tf.Tensor, kernel: tf.Tensor3D): tf.Tensor {
  const [n, height, width] = x.shape as number[];
  const points = tf.matMul(transformInputs(x), kernel);
  const tiles = [multiple(height) / 4, multiple(width) / 4];
  const y = outputRows(outputColumns(points.reshape([6, 6, n, ...tiles, kernel.shape[2]])));
  return y.shape[1] === height && y.shape[2] === width
    ? y
    : y.slice([0, 0, 0, 0], [n, height, width, y.shape[3]!]);
}

const outputsOfEach = jit(outputs, { each: true, shared: 1 });

const kernelGradientOfEach = jit(
  (x: tf.Tensor, dy: tf.Tensor) =>
    kernelGradient(tf.matMul(transformInputs(x), transformGradients(dy), true, false)),
  { each: true },
);

/** Transformed values of a chunk: what fits into a core's cache. */
const chunkBytes = 2e6;

/** Tiles of a chunk below which matrix products are no longer fast. */
const fewestTiles = 128;

/** Cuts a batch into chunks of equal size: [chunks, images, height, width, channels]. */
function chunked(x: tf.Tensor4D, images: number): tf.Tensor {
  const [n, ...image] = x.shape;
  return x.reshape([n / images, images, ...image]);
}

/** Tiles of each of [n, height, width, …]. */
export const imageTiles = ([, height, width]: readonly number[]) =>
  multiple(height) * multiple(width) / 16;

/** How many images a chunk has: a divisor of the batch. */
function imagesInChunk(shape: readonly number[], channels: number): number {
  const [n] = shape;
  const wanted = Math.max(fewestTiles, chunkBytes / (36 * 4 * channels)) / imageTiles(shape);
  const divisors = Array.from({ length: n }, (_, i) => i + 1).filter((size) => n % size === 0);
  return divisors.find((size) => size >= wanted) ?? n;
}

/** The outputs of a batch, given the transformed kernel. */
function convolved(x: tf.Tensor4D, kernel: tf.Tensor3D): tf.Tensor4D {
  const [, inputs, outputs] = kernel.shape;
  const images = imagesInChunk(x.shape, Math.max(inputs, outputs));
  const [n, height, width] = x.shape;
  return outputsOfEach(chunked(x, images), kernel).reshape([n, height, width, outputs]);
}

/**
 * A 3x3 convolution of stride 1, padded by 1. Transformed kernels are four times as large, and wait
 * until they are wanted.
 *
 * @param x [n, height, width, in]
 * @param kernel [3, 3, in, out]
 * @returns [n, height, width, out]
 */
export const winogradOutputs = (x: tf.Tensor4D, kernel: tf.Tensor4D) =>
  convolved(x, transformKernel(after(kernel, x)));

/** Its gradient with respect to x, by that of its outputs. */
export const winogradInputGradient = (dy: tf.Tensor4D, kernel: tf.Tensor4D) =>
  convolved(dy, transformTurned(after(kernel, dy)));

/** Its gradient with respect to the kernel. */
export function winogradKernelGradient(x: tf.Tensor4D, dy: tf.Tensor4D): tf.Tensor4D {
  const images = imagesInChunk(x.shape, Math.max(x.shape[3], dy.shape[3]));
  const parts = kernelGradientOfEach(chunked(x, images), chunked(dy, images));
  return parts.sum(0);
}
