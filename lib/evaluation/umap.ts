/** Features on a plane, near ones near each other: to look at, not to measure by. */
import { UMAP } from "umap-js";
import { Problem } from "../base/problem.ts";
import { prng } from "../base/prng.ts";
import { nextTurn, type Progress, silent } from "../base/progress.ts";
import { nearest } from "./neighbours.ts";
import { type Rows, rowsIn } from "./rows.ts";

/**
 * UMAP by cosine distance: places of n rows in the plane. The same seed gives the same places.
 *
 * Neighbours are exact (umap-js would look for them approximately), and places start at random, not
 * from a spectral embedding as in Python's umap-learn. Some hundred images take seconds; the event
 * loop goes on meanwhile.
 *
 * @param neighbours how many of each image's are kept near; itself is the first, as in umap-learn
 * @param minDist how near places may come: the smaller, the denser the clumps
 * @returns [n, 2]
 * @throws {Problem} for fewer than three rows or two neighbours, and where a feature is not finite
 * @see McInnes et al. 2018, "UMAP: Uniform Manifold Approximation and Projection for Dimension
 *   Reduction" (arXiv 1802.03426)
 */
export async function umap(
  rows: Rows,
  { seed, neighbours = 15, minDist = 0.1, progress = silent }: {
    seed: number;
    neighbours?: number;
    minDist?: number;
    progress?: Progress;
  },
): Promise<Float32Array> {
  const n = rowsIn(rows, 3, "UMAP");
  if (!(neighbours >= 2)) {
    throw new Problem(`UMAP: neighbours is ${neighbours}; it must be 2 or more`);
  }
  const k = Math.min(neighbours, n - 1);
  const map = new UMAP({ nNeighbors: k, minDist, random: prng(seed).fork("umap").next });
  const { indices, distances } = await nearestWithItself(rows, k);
  map.setPrecomputedKNN(indices, distances);
  const epochs = map.initializeFit(indices); // of which, given neighbours, only the number counts
  for (let epoch = 0; epoch < epochs; epoch++) {
    map.step();
    if (epoch % 20 > 0) continue;
    progress(epoch, epochs);
    await nextTurn();
  }
  progress(epochs, epochs);
  return Float32Array.from(map.getEmbedding().flat());
}

/** Each row's neighbours and their distances, the row itself first, as umap-js takes them. */
async function nearestWithItself(rows: Rows, k: number) {
  const found = await nearest(rows, rows, k);
  const n = found.indices.length / k;
  const lists = Array.from({ length: n }, (_, i) => {
    const at = Array.from({ length: k }, (_, j) => i * k + j);
    const others = at.filter((at) => found.indices[at] !== i).slice(0, k - 1);
    return {
      indices: [i, ...others.map((at) => found.indices[at])],
      distances: [0, ...others.map((at) => Math.max(0, 1 - found.cosines[at]))],
    };
  });
  return {
    indices: lists.map(({ indices }) => indices),
    distances: lists.map(({ distances }) => distances),
  };
}
