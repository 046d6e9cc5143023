/** Neighbours of all embeddings in a folder, in a process of its own: what tests/bench/mining.ts asks. */
import { join } from "@std/path";

/** What is asked; see `drawEmbeddings`. */
export type MiningRequest = {
  folder: string;
  way: string;
  n: number;
  width: number;
  k: number;
  sample: number;
};

/** What came out: seconds, a share, and the most memory that the process had. */
export type MiningMeasured = { build: number; search: number; recall: number; peakBytes: number };

async function measure(
  { folder, way, n, width, k, sample }: MiningRequest,
): Promise<MiningMeasured> {
  const bytes = await Deno.readFile(join(folder, "embeddings.bin"));
  const rows = { values: new Float32Array(bytes.buffer), width };
  const search = await searchOf(way);
  const start = performance.now();
  let built = start;
  const progress = (done: number) => {
    if (done <= n) built = performance.now(); // the first half of what is told is building
  };
  const { indices } = await search(rows, k, { progress });
  const end = performance.now();
  const truth = new Int32Array((await Deno.readFile(join(folder, "truth.bin"))).buffer);
  const step = Math.floor(n / sample);
  let hits = 0;
  for (let q = 0; q < sample; q++) {
    const right = new Set(truth.subarray(q * k, (q + 1) * k)), i = q * step;
    hits += indices.subarray(i * k, (i + 1) * k).filter((j) => right.has(j)).length;
  }
  return {
    build: (built - start) / 1000,
    search: (end - built) / 1000,
    recall: hits / (sample * k),
    peakBytes: await peak(),
  };
}

/** Loads what a way needs alone: the index needs no TensorFlow, which takes memory as well. */
async function searchOf(way: string) {
  if (way === "exact") return (await import("../../../lib/mining/neighbours.ts")).exactNeighbours;
  return (await import("../../../lib/mining/vector_index.ts")).indexedNeighbours;
}

/** The most memory that this process had, as Linux counts it; what it has, elsewhere. */
async function peak(): Promise<number> {
  const status = await Deno.readTextFile("/proc/self/status").catch(() => "");
  const found = /VmHWM:\s+(\d+) kB/.exec(status);
  return found ? 1024 * Number(found[1]) : Deno.memoryUsage().rss;
}

console.log(JSON.stringify(await measure(JSON.parse(Deno.args[0]))));
