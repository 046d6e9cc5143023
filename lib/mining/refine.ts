/** Neighbours that an approximate search has missed, found through those that it has not. */
import { nextTurn, type Progress, silent } from "../base/progress.ts";
import type { Cosine } from "./cosines.ts";
import type { Neighbours } from "./neighbours.ts";

/** Passes end when one has changed less than this share of all neighbours. */
const ENOUGH = 0.001;
const MOST_PASSES = 4;

/** Of those that have a row for a neighbour, who may be many (of a hub), so many times k are asked. */
const ASKED = 2;

/**
 * Improves lists of neighbours in place: a neighbour's neighbour is likely a neighbour, so is whoever
 * has the row for one, and each pass compares a row with all of these. What greedy search misses, an
 * island to which few edges lead, is found as soon as one of its rows was found by another.
 *
 * @param found each row's, nearest first, -1 where there were too few
 * @see Dong et al. 2011, "Efficient k-nearest neighbor graph construction for generic similarity
 *   measures" (NN-descent), algorithm 1
 */
export async function refine(
  found: Neighbours,
  cosine: Cosine,
  progress: Progress = silent,
): Promise<void> {
  const n = found.indices.length / found.k;
  for (let pass = 0; pass < MOST_PASSES; pass++) {
    const askers = askersOf(found, n), met = new Int32Array(n).fill(-1);
    let changed = 0;
    for (let i = 0; i < n; i++) {
      changed += improve(i, found, { askers, met, cosine });
      if (i % 1024 > 0) continue;
      progress(pass * n + i, MOST_PASSES * n, "asking neighbours for theirs");
      await nextTurn();
    }
    if (changed < ENOUGH * found.indices.length) break;
  }
  progress(MOST_PASSES * n, MOST_PASSES * n);
}

/** What a pass knows: who has whom for a neighbour, and with whom each row was compared last. */
type Pass = { askers: Lists; met: Int32Array; cosine: Cosine };

/** Lists one after the other: the i-th from start[i] to start[i + 1]. */
type Lists = { start: Int32Array; members: Int32Array };

/** Compares row i with whom its neighbours know; how many neighbours it gained. */
function improve(i: number, found: Neighbours, { askers, met, cosine }: Pass): number {
  const { indices, k } = found, { start, members } = askers;
  let gained = 0;
  const meet = (j: number) => {
    if (j < 0 || met[j] === i) return;
    met[j] = i;
    if (insert(found, i, j, cosine(i, j))) gained++;
  };
  const known = indices.slice(i * k, (i + 1) * k).filter((j) => j >= 0);
  for (const j of [i, ...known]) met[j] = i;
  const asked = members.subarray(start[i], Math.min(start[i + 1], start[i] + ASKED * k));
  asked.forEach(meet);
  for (const j of [...known, ...asked]) indices.subarray(j * k, (j + 1) * k).forEach(meet);
  return gained;
}

/** Puts j among the neighbours of i where it belongs; false where it is no nearer than any of them. */
function insert(
  { k, indices, cosines }: Neighbours,
  i: number,
  j: number,
  cosine: number,
): boolean {
  const first = i * k, farther = (at: number) => indices[at] < 0 || cosines[at] < cosine;
  let at = first + k - 1;
  if (!farther(at)) return false;
  for (; at > first && farther(at - 1); at--) {
    indices[at] = indices[at - 1];
    cosines[at] = cosines[at - 1];
  }
  indices[at] = j;
  cosines[at] = cosine;
  return true;
}

/** For every row, who has it for a neighbour. */
function askersOf({ indices, k }: Neighbours, n: number): Lists {
  const start = new Int32Array(n + 1);
  for (const j of indices) if (j >= 0) start[j + 1]++;
  for (let i = 0; i < n; i++) start[i + 1] += start[i];
  const members = new Int32Array(start[n]), next = start.slice();
  for (const [at, j] of indices.entries()) if (j >= 0) members[next[j]++] = Math.floor(at / k);
  return { start, members };
}
