/** Where a patch lies, as numbers: the fixed two-dimensional sine-cosine embedding of MoCo v3. */
import { tf } from "../engine/mod.ts";

/** Rows and columns of patches. */
export type Grid = readonly [rows: number, columns: number];

/**
 * The embedding of the class token, which is 0, and of each patch. A quarter of the width each is
 *   sin(row ω), cos(row ω), sin(column ω), cos(column ω),  with ω[k] = 10000^(-k / (width / 4))
 *
 * A small view lies on the grid of the images it is cut from: patch i of g has the coordinate
 * (i + 1/2) G / g - 1/2 where images have G patches a side, so that first and last patches touch
 * the borders in both.
 *
 * @param grid of the images at hand
 * @param usual G, patches a side of the images that the network is made for
 * @param width a multiple of 4
 * @returns [1, 1 + rows * columns, width]
 * @see Chen et al. 2021, MoCo v3, section 5 (arXiv 2104.02057). Its code calls the row `grid_w`.
 */
export function sineCosine([rows, columns]: Grid, usual: number, width: number): tf.Tensor3D {
  const quarter = width / 4;
  const all = new Float32Array((1 + rows * columns) * width);
  const coordinate = (i: number, count: number) => (i + 0.5) * usual / count - 0.5;
  for (let patch = 0; patch < rows * columns; patch++) {
    const row = coordinate(Math.floor(patch / columns), rows);
    const column = coordinate(patch % columns, columns);
    for (let k = 0; k < quarter; k++) {
      const frequency = 10000 ** (-k / quarter);
      const waves = [row, column].flatMap((
        x,
      ) => [Math.sin(x * frequency), Math.cos(x * frequency)]);
      waves.forEach((wave, i) => all[(1 + patch) * width + i * quarter + k] = wave);
    }
  }
  return tf.tensor3d(all, [1, 1 + rows * columns, width]);
}
