/** Neighbours that an approximate search has missed, found through those that it has not. */
import { type Progress, silent } from "../base/progress.ts";
import type { Rows } from "../evaluation/rows.ts";
import type { Neighbours } from "./neighbours.ts";

/** Passes end when a pass has changed less than this share of all neighbours. */
const ENOUGH = 0.001;
const MOST_PASSES = 4;

/** Of the many that have a row for a neighbour (a hub), so many are asked for theirs. */
const ASKED = 2; // times k

/**
 * Improves lists of neighbours in place: a neighbour's neighbour is likely a neighbour, so is whoever
 * has the row for one, and each pass compares a row with all of these. What greedy search misses, an
 * island that few edges lead to, is found as soon as one of the island's rows was found by another.
 *
 * @param found as an index found them: each row's in order, -1 where there were too few
 * @see Dong et al. 2011, "Efficient k-nearest neighbor graph construction for generic similarity
 *   measures" (NN-descent), algorithm 1
 */
export async function refineNeighbours(
  rows: Rows,
  found: Neighbours,
  { progress = silent }: { progress?: Progress } = {},
): Promise<void> {
  const n = rows.values.length / rows.width, norms = lengths(rows);
  for (let pass = 0; pass < MOST_PASSES; pass++) {
    const reversed = whoHas(found, n);
    const compared = new Int32Array(n).fill(-1); // with whom each row was compared last
    let changed = 0;
    for (let i = 0; i < n; i++) {
      changed += improve(i, { rows, norms, found, reversed, compared });
      if (i % 1024 === 0) await told(progress, pass * n + i, MOST_PASSES * n);
    }
    if (changed < ENOUGH * found.indices.length) return;
  }
}

/** What a pass works on. */
type Pass = {
  rows: Rows;
  norms: Float32Array;
  found: Neighbours;
  reversed: Lists;
  compared: Int32Array;
};

/** Lists one after the other; the i-th goes from start[i] to start[i + 1]. */
type Lists = { start: Int32Array; members: Int32Array };

/** Compares row i with all that its neighbours know; the number of neighbours that it gained. */
function improve(i: number, { rows, norms, found, reversed, compared }: Pass): number {
  const { indices, k } = found, { start, members } = reversed;
  let changed = 0;
  const meet = (j: number) => {
    if (j < 0 || compared[j] === i) return;
    compared[j] = i;
    if (insert(found, i, j, product(rows, i, j) / (norms[i] * norms[j]))) changed++;
  };
  const known = indices.slice(i * k, (i + 1) * k);
  compared[i] = i;
  for (const j of known) if (j >= 0) compared[j] = i;
  const asked = members.subarray(start[i], Math.min(start[i + 1], start[i] + ASKED * k));
  for (const j of asked) meet(j);
  for (const list of [known, asked]) {
    for (const j of list) {
      if (j < 0) continue;
      for (let at = j * k; at < (j + 1) * k; at++) meet(indices[at]);
    }
  }
  return changed;
}

/** Puts j among the neighbours of i where it belongs; false where it is farther than all. */
function insert(
  { k, indices, cosines }: Neighbours,
  i: number,
  j: number,
  cosine: number,
): boolean {
  const first = i * k, last = first + k - 1;
  const farther = (at: number) => indices[at] < 0 || cosines[at] < cosine;
  if (!farther(last)) return false;
  let at = last;
  for (; at > first && farther(at - 1); at--) {
    indices[at] = indices[at - 1];
    cosines[at] = cosines[at - 1];
  }
  indices[at] = j;
  cosines[at] = cosine;
  return true;
}

/** For every row, who has it for a neighbour. */
function whoHas({ indices, k }: Neighbours, n: number): Lists {
  const start = new Int32Array(n + 1);
  for (const j of indices) if (j >= 0) start[j + 1]++;
  for (let i = 0; i < n; i++) start[i + 1] += start[i];
  const members = new Int32Array(start[n]), next = start.slice();
  for (let at = 0; at < indices.length; at++) {
    if (indices[at] >= 0) members[next[indices[at]]++] = Math.floor(at / k);
  }
  return { start, members };
}

function product({ values, width }: Rows, i: number, j: number): number {
  let sum = 0;
  for (let p = i * width, q = j * width; p < (i + 1) * width; p++, q++) {
    sum += values[p] * values[q];
  }
  return sum;
}

function lengths(rows: Rows): Float32Array {
  const n = rows.values.length / rows.width;
  return Float32Array.from(
    { length: n },
    (_, i) => Math.max(Math.sqrt(product(rows, i, i)), 1e-12),
  );
}

async function told(progress: Progress, done: number, total: number): Promise<void> {
  progress(done, total, "asking neighbours for theirs");
  await new Promise((resolve) => setTimeout(resolve));
}
