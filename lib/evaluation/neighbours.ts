/** Nearest neighbours by cosine, a part of the queries at a time. */
import { dispose, jit, type Jitted, tf } from "../engine/mod.ts";
import { type Rows, unitRows } from "./rows.ts";

const chunk = 256; // queries whose similarities to the whole bank are held at a time

/** For each of m queries k rows of the bank, the nearest first. */
export interface Neighbours {
  /** [m, k] */
  indices: Int32Array;
  /** [m, k] */
  cosines: Float32Array;
}

/** The k nearest rows of a bank, the nearest first; k is at most the bank's size. */
export function nearest(bank: Rows, queries: Rows, k: number): Promise<Neighbours> {
  const unit = (rows: Rows) => ({ ...rows, values: Float32Array.from(unitRows(rows)) });
  return nearestOfUnit(unit(bank), unit(queries), k);
}

/** The same of rows that are of length 1. */
export async function nearestOfUnit(bank: Rows, queries: Rows, k: number): Promise<Neighbours> {
  const { width } = bank, total = queries.values.length / width;
  const indices = new Int32Array(total * k), cosines = new Float32Array(total * k);
  const all = tf.tensor2d(bank.values, [bank.values.length / width, width]);
  for (let start = 0; start < total; start += chunk) {
    const rows = queries.values.subarray(start * width, (start + chunk) * width);
    const some = tf.tensor2d(rows, [rows.length / width, width]);
    const found = await searchFor(k).async(all, some);
    indices.set(await found.indices.data(), start * k);
    cosines.set(await found.values.data(), start * k);
    dispose(some, found);
  }
  all.dispose();
  return { indices, cosines };
}

/** For each of n rows the k nearest others; all others where there are no more. */
export async function nearestOthers(
  rows: Rows,
  k: number,
): Promise<Neighbours & { k: number }> {
  const n = rows.values.length / rows.width, others = Math.min(k, n - 1);
  const found = await nearest(rows, rows, others + 1);
  const indices = new Int32Array(n * others), cosines = new Float32Array(n * others);
  for (let i = 0, to = 0; i < n; i++) {
    // The nearest is the row itself, unless it has more equals than are found: the last goes then.
    for (let at = i * (others + 1); to < (i + 1) * others; at++) {
      if (found.indices[at] === i) continue;
      indices[to] = found.indices[at];
      cosines[to++] = found.cosines[at];
    }
  }
  return { k: others, indices, cosines };
}

type Search = Jitted<[tf.Tensor2D, tf.Tensor2D], { values: tf.Tensor; indices: tf.Tensor }>;

const searches = new Map<number, Search>();

/** One for each k in a process: whoever asks again and again traces once. */
function searchFor(k: number): Search {
  const compile = () =>
    jit((bank: tf.Tensor2D, queries: tf.Tensor2D) => {
      const { values, indices } = tf.topk(tf.matMul(queries, bank, false, true), k);
      return { values, indices }; // [queries, k] each
    });
  if (!searches.has(k)) searches.set(k, compile());
  return searches.get(k)!;
}
