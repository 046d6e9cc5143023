/**
 * `deno task bench mining [--json] [--only 10000|100000|1000000]`: the ten nearest others of every
 * embedding, by the index and, up to 100,000, by comparing all; faiss's IVF-PQ beside them.
 *
 * Embeddings are 256 wide, in groups of eleven around centres at random, so that everyone's neighbours
 * are planted; recall is against exact search, for a thousand rows. Each side runs in a process of its
 * own, whose peak memory is measured, the embeddings it holds included. faiss (inner products, IVF
 * lists as many as the square root of the rows, codes of 32 bytes, the found ones compared exactly)
 * takes the fewest lists that reach a recall of .95; its search is timed on ten thousand rows and
 * extended to all. Without `--only`, a power is fitted to the times and drawn to 10^8, on paper:
 * results/bench/mining.*.
 */
import { join } from "@std/path";
import { checkout } from "../../lib/base/files.ts";
import { Problem } from "../../lib/base/problem.ts";
import { consoleProgress } from "../../lib/base/progress.ts";
import { saveFigure } from "../../lib/notebook/render.ts";
import type { MiningMeasured, MiningRequest } from "./support/mine_run.ts";
import { drawEmbeddings } from "./support/planted.ts";
import { power } from "./support/fits.ts";
import { format, header, type Row, table } from "./support/report.ts";
import { scalingFigure } from "./support/scaling_figure.ts";

const sizes = [10_000, 100_000, 1_000_000];
const EXACT = 100_000; // beyond it, exact search takes hours

/** What `--only` can name. */
export const cases = sizes.map(String);

type Result = MiningMeasured & { n: number; way: string };

export async function run({ json, only }: { json: boolean; only?: string }): Promise<void> {
  const python = Deno.env.get("PEER_PYTHON");
  (json ? console.error : console.log)(header(python ? "of faiss" : undefined).split("\n")[0]);
  const results: Result[] = [];
  const folder = await Deno.makeTempDir({ prefix: "bench-mining-" });
  try {
    for (const n of sizes.filter((n) => only === undefined || String(n) === only)) {
      const request = { folder, n, width: 256, k: 10, sample: 1000 };
      await drawEmbeddings(request, consoleProgress(`${n} embeddings`));
      const ways = ["index", ...(n <= EXACT ? ["exact"] : []), ...(python ? ["faiss"] : [])];
      for (const way of ways) {
        const measured = await measure({ ...request, way }, python);
        results.push({ ...measured, n, way });
        if (!json) console.log(`${n}, ${way}: ${JSON.stringify(measured)}`);
      }
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  if (!json) console.log(`\n${table(lines(results))}\n`);
  console.log(
    format(results.filter(({ way }) => way !== "faiss").flatMap(rowsOf(results)), { json }),
  );
  if (only !== undefined) return;
  const curves = [...Map.groupBy(results, ({ way }) => way)].map(([way, of]) =>
    power(
      { panel: "neighbours of all images", way, what: `mining, ${way}`, unit: "s", per: "image" },
      of.map(({ n, build, search }) => [n, build + search]),
      [1e7, 1e8],
    )
  );
  const subtitle = "points: measured; lines: a power, fitted, and drawn to 10^8 on paper";
  const points = curves.flatMap(({ points, further = [], ...curve }) =>
    [...points, ...further].map((point) => ({ ...curve, ...point }))
  );
  await saveFigure(
    join(checkout, "results", "bench"),
    "mining",
    scalingFigure(curves, { subtitle }),
    points,
  );
}

/** One side, in a process of its own. */
async function measure(request: MiningRequest, python?: string): Promise<MiningMeasured> {
  const json = JSON.stringify(request);
  const [command, args] = request.way === "faiss"
    ? [python!, [join(import.meta.dirname!, "mining_peer.py"), json]]
    : [Deno.execPath(), ["run", "-A", join(import.meta.dirname!, "support", "mine_run.ts"), json]];
  const { success, stdout } = await new Deno.Command(command, {
    ...{ args, stdout: "piped", stderr: "inherit" },
  }).output();
  if (!success) throw new Problem(`mining ${request.n} by ${request.way} failed; see above`);
  return JSON.parse(new TextDecoder().decode(stdout).trim().split("\n").at(-1)!);
}

/** Time and memory of one way against faiss, where it was measured at this size. */
function rowsOf(all: readonly Result[]) {
  return ({ n, way, build, search, recall, peakBytes }: Result): Row[] => {
    const peer = all.find((result) => result.n === n && result.way === "faiss");
    const less = (unit: string, ours: number, theirs: number | undefined): Row => ({
      ...{ bench: "mining", case: `${n}, ${way}`, unit, ours },
      peer: theirs ?? null,
      ratio: theirs === undefined ? null : theirs / ours,
    });
    return [
      less("s", build + search, peer && peer.build + peer.search),
      less("MB", peakBytes / 2 ** 20, peer && peer.peakBytes / 2 ** 20),
      { ...less("recall@10", recall, peer?.recall), ratio: peer ? recall / peer.recall : null },
    ];
  };
}

const lines = (results: readonly Result[]): string[][] => [
  ["images, way", "build", "search", "recall@10", "memory"],
  ...results.map(({ n, way, build, search, recall, peakBytes }) => [
    `${n}, ${way}`,
    `${build.toFixed(1)} s`,
    `${search.toFixed(1)} s`,
    recall.toFixed(3),
    `${(peakBytes / 2 ** 20).toFixed(0)} MB`,
  ]),
];
