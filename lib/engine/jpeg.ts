/** Parts of JPEG files, decoded by TensorFlow. */
import { DType } from "./dtypes.ts";
import { raw, reshapeUnknown } from "./raw.ts";
import { resized } from "./resize.ts";
import { tf } from "./tfjs.ts";

/**
 * As PIL decodes. The quicker settings (INTEGER_FAST, no fancy upscaling) change pixels and save
 * nothing: both are vectorised.
 */
const decoding = {
  channels: 3,
  ratio: 1,
  fancy_upscaling: true,
  try_recover_truncated: false,
  acceptable_fraction: 1,
  dct_method: "INTEGER_ACCURATE",
};

/**
 * Columns around a rectangle that make its own exact: libjpeg interpolates colours with the nearest
 * sample on either side, and not at all where there are fewer than three.
 */
export const jpegMargin = 4;

/**
 * A rectangle of a JPEG file, resized to a square. Only for functions that `jit` compiles; fails
 * where the file is broken before the end of the window, or has no such window.
 *
 * The decoder takes the window's edges on the left and right for those of the image, where colours
 * have no neighbours to be interpolated with. With {@link jpegMargin} columns more on each side, or
 * as many as there are, a rectangle is what it is in the whole image.
 *
 * @param jpeg the file's bytes, a string
 * @param place [4, 4]: the window that is decoded, (top, left, height, width) in whole pixels of
 *   the file; its rows, (1, 1, height, -1); where the rectangle begins in them, (0, 0, 0, 3 columns);
 *   and its size, (1, 1, height, 3 width)
 * @param grid see {@link resized}
 * @returns [x, 3, y], values in 0 … 255
 */
export function jpegCrop(
  jpeg: tf.Tensor,
  place: tf.Tensor2D,
  grid: tf.Tensor2D,
  size: number,
): tf.Tensor3D {
  const [window, shape, begin, lengths] = tf.unstack(place);
  const pixels = raw("DecodeAndCropJpeg", decoding, [jpeg, window]); // [h, w, 3]
  const decoded = reshapeUnknown(pixels, shape, DType.uint8);
  const types = { T: DType.uint8, Index: DType.int32 };
  const rows = raw("Slice", types, [decoded, begin, lengths]);
  return resized(rows, { lines: size, grid, size });
}
