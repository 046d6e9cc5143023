/** Neighbours among many: a graph that is searched greedily (HNSW, by usearch). */
import { type Progress, silent } from "../base/progress.ts";
import type { Rows } from "../evaluation/rows.ts";
import type { Neighbours } from "./neighbours.ts";

/** How the graph is built and searched. */
export interface IndexOptions {
  /** Edges of a node, and how many nodes are looked at to find them and to find neighbours. */
  connectivity?: number;
  expansion?: number;
  /** With several, which neighbours are missed differs from time to time. */
  threads?: number;
  progress?: Progress;
}

/** Rows that are added or sought at a time. */
const AT_ONCE = 4096;

/**
 * Nearly all of the nearest others of some hundred thousand rows, in a time that grows little faster
 * than their number; of more, fewer with the same expansion: of planted groups of eleven .98 at 10^5
 * rows and .47 at 10^6 (results/bench/mining.jsonl). A larger expansion finds more, in more time. The
 * graph has bytes in place of floats; what it finds is sorted by the cosines of the rows themselves.
 *
 * @param k is capped by the number of the others
 * @see Malkov and Yashunin 2018, "Efficient and robust approximate nearest neighbor search using
 *   Hierarchical Navigable Small World graphs" (arXiv 1603.09320)
 */
export async function indexedNeighbours(
  rows: Rows,
  k: number,
  { connectivity = 16, expansion = 64, threads = navigator.hardwareConcurrency, progress = silent }:
    IndexOptions = {},
): Promise<Neighbours> {
  const { Index, MetricKind, ScalarKind } = await import("usearch"); // loaded where it is needed
  const { values, width } = rows, n = values.length / width;
  const index = new Index({
    ...{ metric: MetricKind.Cos, quantization: ScalarKind.I8, dimensions: width },
    multi: false,
    ...{ connectivity, expansion_add: expansion, expansion_search: Math.max(expansion, 2 * k) },
  });
  const parts = Array.from({ length: Math.ceil(n / AT_ONCE) }, (_, i) => i * AT_ONCE);
  const part = (from: number) => values.subarray(from * width, (from + AT_ONCE) * width);
  for (const from of parts) {
    const some = part(from);
    const keys = BigUint64Array.from({ length: some.length / width }, (_, i) => BigInt(from + i));
    index.add(keys, some, threads);
    await told(progress, from + keys.length, 2 * n, "building the index");
  }
  const most = Math.min(k, n - 1), sought = Math.min(n, 2 * most + 1);
  const found = noNeighbours(n, most);
  for (const from of parts) {
    const queries = part(from);
    const matches = index.search(queries, sought, threads);
    const counts = Array.from(
      // of one query, usearch answers without counts
      "counts" in matches ? matches.counts as BigUint64Array : [matches.keys.length],
      Number,
    );
    for (const [at, count] of counts.entries()) {
      const near = matches.keys.subarray(at * sought, at * sought + count);
      setNearest(found, from + at, Array.from(near, Number), rows);
    }
    await told(progress, n + from + counts.length, 2 * n, "searching");
  }
  return found;
}

function noNeighbours(n: number, k: number): Neighbours {
  return { k, indices: new Int32Array(n * k).fill(-1), cosines: new Float32Array(n * k) };
}

/** The nearest others of row i among those that were found, by the rows' own cosines. */
function setNearest(
  { k, indices, cosines }: Neighbours,
  i: number,
  found: readonly number[],
  rows: Rows,
): void {
  const near = found.filter((j) => j !== i).map((j) => ({ j, cosine: cosine(rows, i, j) }))
    .sort((a, b) => b.cosine - a.cosine || a.j - b.j).slice(0, k);
  near.forEach(({ j, cosine }, at) => {
    indices[i * k + at] = j;
    cosines[i * k + at] = cosine;
  });
}

function cosine({ values, width }: Rows, i: number, j: number): number {
  let [product, ofI, ofJ] = [0, 0, 0];
  for (let c = 0; c < width; c++) {
    const u = values[i * width + c], v = values[j * width + c];
    product += u * v;
    ofI += u * u;
    ofJ += v * v;
  }
  return product / Math.max(Math.sqrt(ofI * ofJ), 1e-12);
}

/** Tells how far the work is, and lets others have a turn: the index works without a pause. */
async function told(progress: Progress, done: number, total: number, note: string): Promise<void> {
  progress(done, total, note);
  await new Promise((resolve) => setTimeout(resolve));
}
