/**
 * Antialiased resizing as PIL does it: a triangle filter as wide as an output pixel, or as an input
 * pixel where that is wider.
 *
 * TensorFlow's ScaleAndTranslate has that filter. It is quick where it adds whole rows, which it
 * takes for the channels of one row of pixels here; where it is given several rows of pixels, it
 * hands each to another thread, which costs more than it saves. So each pass adds rows, with a
 * transposition between both.
 */
import { DType } from "./dtypes.ts";
import { raw, reshapeUnknown } from "./raw.ts";
import { tf } from "./tfjs.ts";

/**
 * A rectangle of an image's bytes, resized to a square. Only for functions that `jit` compiles.
 *
 * @param image [3, 1, height, width], bytes
 * @param place [2, 4]: (0, 0, top, left) and (3, 1, height, width) of the rectangle
 * @param grid see {@link resized}
 * @returns [x, 3, y], values in 0 … 255
 */
export function planarCrop(
  image: tf.Tensor,
  place: tf.Tensor2D,
  grid: tf.Tensor2D,
  size: number,
): tf.Tensor3D {
  const [begin, lengths] = tf.unstack(place);
  const rows = raw("Slice", { T: DType.uint8, Index: DType.int32 }, [image, begin, lengths]);
  return resized(rows, { lines: 3 * size, grid, size });
}

/**
 * Resizes bytes to a square.
 *
 * @param rows [k, 1, h, l], bytes: the planes one after the other (k = 3), or interleaved (k = 1)
 * @param options.lines k times size: how many lines the square has after the first pass
 * @param options.grid [4, 2]: (1, scale) and (0, shift) for y, then for x: output pixels an input
 *   pixel, and by how many output pixels the result is moved
 * @returns [x, 3, y]
 */
export function resized(
  rows: tf.Tensor,
  { lines, grid, size }: { lines: number; grid: tf.Tensor2D; size: number },
): tf.Tensor3D {
  const [scaleY, shiftY, scaleX, shiftX] = tf.unstack(grid);
  const resizedRows = (x: tf.Tensor, type: number, scale: tf.Tensor, shift: tf.Tensor) => {
    const filter = { T: type, kernel_type: "triangle", antialias: true };
    const inputs = [x, tf.tensor1d([1, size], "int32"), scale, shift];
    return raw("ScaleAndTranslate", filter, inputs);
  };
  const narrow = resizedRows(rows, DType.uint8, scaleY, shiftY); // [k, 1, size, l]
  const matrix = reshapeUnknown(narrow, tf.tensor1d([lines, -1], "int32"));
  const types = { T: DType.float32, Tperm: DType.int32 };
  const turned = raw("Transpose", types, [matrix, tf.tensor1d([1, 0], "int32")]); // [l, lines]
  const columns = reshapeUnknown(turned, tf.tensor1d([1, 1, -1, 3 * size], "int32"));
  return resizedRows(columns, DType.float32, scaleX, shiftX).reshape([size, 3, size]);
}
