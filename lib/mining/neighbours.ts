/** Who is near whom: for every image of a set its nearest others, by the cosine of their embeddings. */
import { nearestOthers } from "../evaluation/neighbours.ts";
import type { Rows } from "../evaluation/rows.ts";

/** For each of n images k others, the nearest first. */
export interface Neighbours {
  k: number;
  /** [n, k]; -1 where fewer were found */
  indices: Int32Array;
  /** [n, k] */
  cosines: Float32Array;
}

/**
 * All pairs compared by the engine's matrix products: exact, and time grows with the square of the
 * number of images.
 *
 * @param k is capped by the number of the others
 */
export const exactNeighbours = (rows: Rows, k: number): Promise<Neighbours> =>
  nearestOthers(rows, k);
