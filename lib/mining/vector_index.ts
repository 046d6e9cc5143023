/** Neighbours among many: a graph that is searched greedily (HNSW, by usearch), and then refined. */
import { nextTurn, type Progress, silent } from "../base/progress.ts";
import type { Rows } from "../evaluation/rows.ts";
import { type Cosine, cosinesOf } from "./cosines.ts";
import type { Neighbours } from "./neighbours.ts";
import { refine } from "./refine.ts";

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

/** Up to so many rows this expansion finds nearly all; of ten times as many, twice of it. */
const ROWS = 1e5, EXPANSION = 64;

const expansionFor = (n: number) => Math.round(EXPANSION * 2 ** Math.max(0, Math.log10(n / ROWS)));

/**
 * Nearly all of the nearest others of many rows, in a time that grows little faster than their number:
 * results/bench/mining.jsonl. The graph has bytes in place of floats; what it finds is sorted by the
 * cosines of the rows themselves, and neighbours' neighbours complete it.
 *
 * @param k is capped by the number of the others
 * @see Malkov and Yashunin 2018, "Efficient and robust approximate nearest neighbor search using
 *   Hierarchical Navigable Small World graphs" (arXiv 1603.09320)
 */
export async function indexedNeighbours(
  rows: Rows,
  k: number,
  { connectivity = 16, expansion, threads = navigator.hardwareConcurrency, progress = silent }:
    IndexOptions = {},
): Promise<Neighbours> {
  const { Index, MetricKind, ScalarKind } = await import("usearch"); // loaded where it is needed
  const { values, width } = rows, n = values.length / width, cosine = cosinesOf(rows);
  const looked = expansion ?? expansionFor(n);
  const index = new Index({
    ...{ metric: MetricKind.Cos, quantization: ScalarKind.I8, dimensions: width },
    multi: false,
    ...{ connectivity, expansion_add: looked, expansion_search: Math.max(looked, 2 * k) },
  });
  const parts = Array.from({ length: Math.ceil(n / AT_ONCE) }, (_, i) => i * AT_ONCE);
  const part = (from: number) => values.subarray(from * width, (from + AT_ONCE) * width);
  for (const from of parts) {
    const some = part(from);
    const keys = BigUint64Array.from({ length: some.length / width }, (_, i) => BigInt(from + i));
    index.add(keys, some, threads);
    await told(progress, from + keys.length, 3 * n, "building the index");
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
      setNearest(found, from + at, Array.from(near, Number), cosine);
    }
    await told(progress, n + from + counts.length, 3 * n, "searching");
  }
  await refine(
    found,
    cosine,
    (done, total, note) => progress(2 * n + n * done / total, 3 * n, note),
  );
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
  cosine: Cosine,
): void {
  const near = found.filter((j) => j !== i).map((j) => ({ j, cosine: cosine(i, j) }))
    .sort((a, b) => b.cosine - a.cosine || a.j - b.j).slice(0, k);
  near.forEach(({ j, cosine }, at) => {
    indices[i * k + at] = j;
    cosines[i * k + at] = cosine;
  });
}

/** Tells how far the work is, and lets others have a turn: the index works without a pause. */
async function told(progress: Progress, done: number, total: number, note: string): Promise<void> {
  progress(done, total, note);
  await nextTurn();
}
