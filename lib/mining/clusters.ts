/** Groups of images that a network takes for alike, by k-means. */
import { kmeans } from "ml-kmeans";
import type { Rows } from "../evaluation/rows.ts";
import { unitRows } from "../evaluation/rows.ts";

/**
 * The cluster of each row: k-means on rows of length 1, begun by k-means++.
 *
 * @param clusters how many, at most as many as rows
 */
export function clustersOf(
  rows: Rows,
  { clusters, seed = 1, iterations = 50 }: { clusters: number; seed?: number; iterations?: number },
): number[] {
  const unit = unitRows(rows), { width } = rows;
  const data = Array.from(
    { length: unit.length / width },
    (_, i) => Array.from(unit.subarray(i * width, (i + 1) * width)),
  );
  const options = { initialization: "kmeans++", seed, maxIterations: iterations } as const;
  return kmeans(data, clusters, options).clusters;
}
