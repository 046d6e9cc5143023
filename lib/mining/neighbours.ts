/** Who is near whom: for every image of a set its nearest others, by the cosine of their embeddings. */
import { nearest } from "../evaluation/neighbours.ts";
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
export async function exactNeighbours(rows: Rows, k: number): Promise<Neighbours> {
  const n = rows.values.length / rows.width;
  const most = Math.min(k, n - 1);
  return withoutSelf(await nearest(rows, rows, most + 1), most);
}

/** Of k + 1 nearest rows, among which is the row itself, unless it has too many equals: k others. */
function withoutSelf(
  found: Pick<Neighbours, "indices" | "cosines">,
  k: number,
): Neighbours {
  const n = found.indices.length / (k + 1);
  const indices = new Int32Array(n * k), cosines = new Float32Array(n * k);
  for (let i = 0; i < n; i++) {
    const from = i * (k + 1);
    let to = i * k;
    for (let at = from; at <= from + k && to < (i + 1) * k; at++) {
      if (found.indices[at] === i) continue;
      indices[to] = found.indices[at];
      cosines[to++] = found.cosines[at];
    }
  }
  return { k, indices, cosines };
}
