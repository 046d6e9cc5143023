/** Embeddings with planted neighbours, and who the nearest of some of them are. */
import { join } from "@std/path";
import { prng } from "../../../lib/base/prng.ts";
import type { Progress } from "../../../lib/base/progress.ts";
import { nearestOfUnit } from "../../../lib/evaluation/neighbours.ts";

/** Everyone has ten others of its group. */
const GROUP = 11;

/**
 * Writes `embeddings.bin`, [n, width] of length 1 (groups in a row), and `truth.bin`, [sample, k]: of
 * every (n / sample)-th row its exact nearest others.
 */
export async function drawEmbeddings(
  { folder, n, width, k, sample }: {
    folder: string;
    n: number;
    width: number;
    k: number;
    sample: number;
  },
  progress: Progress,
): Promise<void> {
  const values = planted(n, width, progress);
  await Deno.writeFile(join(folder, "embeddings.bin"), new Uint8Array(values.buffer));
  const step = Math.floor(n / sample);
  const queries = new Float32Array(sample * width);
  for (let q = 0; q < sample; q++) {
    queries.set(values.subarray(q * step * width, (q * step + 1) * width), q * width);
  }
  const { indices } = await nearestOfUnit({ values, width }, { values: queries, width }, k + 1);
  const truth = new Int32Array(sample * k);
  for (let q = 0; q < sample; q++) {
    const found = indices.subarray(q * (k + 1), (q + 1) * (k + 1)).filter((j) => j !== q * step);
    truth.set(found.subarray(0, k), q * k);
  }
  await Deno.writeFile(join(folder, "truth.bin"), new Uint8Array(truth.buffer));
}

function planted(n: number, width: number, progress: Progress): Float32Array<ArrayBuffer> {
  const random = prng(`planted ${n}`), values = new Float32Array(n * width);
  const centre = new Float32Array(width);
  for (let i = 0; i < n; i++) {
    if (i % GROUP === 0) { for (let c = 0; c < width; c++) centre[c] = random.normal(); }
    let squares = 0;
    for (let c = 0; c < width; c++) {
      const v = centre[c] + 0.8 * random.normal();
      values[i * width + c] = v;
      squares += v * v;
    }
    for (let c = 0; c < width; c++) values[i * width + c] /= Math.sqrt(squares);
    if (i % 10_000 === 0) progress(i, n);
  }
  progress(n, n);
  return values;
}
