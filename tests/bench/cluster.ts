/**
 * `deno task bench cluster [--json] [--only loopback|network]`: what it costs a step that its gradients
 * are summed over workers, of one core each, and PyTorch's DistributedDataParallel on gloo beside it
 * (PEER_PYTHON), in turn.
 *
 *   loopback   2 and 4 workers on this machine, 1 to 100 MB; 2 also with 16 bits a number on the wire
 *   network    2 workers in network namespaces, with links of 1 and 4 Gbit/s and, where the kernel has
 *              netem, .1 ms each way, 40 and 100 MB (Linux, as root, with iproute2)
 *
 * The cost is the median step less that of one worker who exchanges nothing. To what loopback costs
 *   2 (n - 1) h + 2 (n - 1) / n B (p + 1 / w)
 * is fitted (ring all-reduce of B bytes by n workers; h seconds a hop, p seconds a byte in the workers,
 * links of w bytes a second, none on loopback). Workers copy one part while another is on its way, so that
 * this is the most; with p = 0, copies that cost nothing, it is the least. The network's cases test both,
 * and without `--only` results/scaling.md has what they say of ResNet-50 on up to 512 workers.
 */
import { Matrix, solve } from "ml-matrix";
import { join } from "@std/path";
import { checkout, writeAtomic } from "../../lib/base/files.ts";
import { Problem } from "../../lib/base/problem.ts";
import { consoleProgress } from "../../lib/base/progress.ts";
import { saveFigure } from "../../lib/notebook/render.ts";
import type { Workers } from "../../lib/engine/mod.ts";
import { freeAddresses } from "../free_addresses.ts";
import type { ExchangeRequest } from "./support/exchange_run.ts";
import { type Link, type Place, withNamespaces } from "./support/namespaces.ts";
import {
  endsOf,
  exchangeOf,
  paper,
  paperFigure,
  type Ring,
  trafficOf,
} from "./support/ring_paper.ts";
import { format, header, type Row, table } from "./support/report.ts";
import { median } from "./support/rounds.ts";

/** What `--only` can name. */
export const cases = ["loopback", "network"];

const ROUNDS = 2, STEPS = 8;
const links: (Link & { name: string; bytesPerSecond: number })[] = [1, 4].map((gigabits) => ({
  ...{ name: `${gigabits} Gbit/s`, rate: `${gigabits}gbit`, delay: "100us" },
  bytesPerSecond: gigabits * 1e9 / 8,
}));

/** So many workers that exchange so many megabytes of gradients. */
interface Case {
  where: string;
  count: number;
  megabytes: number;
  wire: NonNullable<ExchangeRequest["wire"]>;
}

/** What it cost, in milliseconds. */
type Measured = Case & { ours: number[]; peer: number[] };

export async function run({ json, only }: { json: boolean; only?: string }): Promise<void> {
  const python = Deno.env.get("PEER_PYTHON");
  (json ? console.error : console.log)(header(python ? "DDP on gloo" : undefined).split("\n")[0]);
  const found: Measured[] = [];
  const measure = async (places: Place[], cases: Case[]) => {
    for (const one of cases) {
      found.push({ ...one, ...await measured(one, places.slice(0, one.count), python) });
    }
  };
  if (only !== "network") {
    const here: Place = { host: "127.0.0.1", prefix: [], interface: "lo" };
    await measure(Array<Place>(4).fill(here), onLoopback);
  }
  if (only !== "loopback") {
    for (const link of links) {
      await withNamespaces(2, link, (places) => measure(places, over(link.name)));
    }
  }
  if (!json) console.log(`\n${table(lines(found))}\n`);
  console.log(format(found.map(rowOf), { json }));
  if (only !== undefined) return;
  const cores = navigator.hardwareConcurrency; // more workers than these wait for each other
  const ring = fitted(
    found.filter(({ where, count, wire }) =>
      where === LOOPBACK && count <= cores && wire === "fp32"
    ),
  );
  const tested = links.flatMap(({ name, bytesPerSecond }) =>
    found.filter(({ where }) => where === name).map(({ ours, ...of }) => ({
      ...of,
      measured: median(ours),
      bounds: endsOf(ring).map(({ ring }) => 1000 * exchangeOf(ring, sizeOf(of), bytesPerSecond)),
    }))
  );
  const { text, rows } = paper(ring, tested);
  await writeAtomic(join(checkout, "results", "scaling.md"), text);
  await saveFigure(join(checkout, "results", "bench"), "cluster", paperFigure(rows), rows);
}

const LOOPBACK = "loopback";

const onLoopback: Case[] = [
  ...[2, 4].flatMap((count) =>
    [1, 40, 100].map((megabytes): Case => ({ where: LOOPBACK, count, megabytes, wire: "fp32" }))
  ),
  ...[40, 100].map((megabytes): Case => ({ where: LOOPBACK, count: 2, megabytes, wire: "bf16" })),
];

const over = (where: string) =>
  [40, 100].map((megabytes): Case => ({ where, count: 2, megabytes, wire: "fp32" }));

/** Rounds of both sides in turn: what the exchange adds to a step of one worker. */
async function measured(
  one: Case,
  places: Place[],
  python: string | undefined,
): Promise<Pick<Measured, "ours" | "peer">> {
  const sides = { ours: [] as number[], peer: [] as number[] };
  const progress = consoleProgress(nameOf(one));
  for (let round = 0; round < ROUNDS; round++) {
    progress(round, ROUNDS);
    for (const [side, peer] of [["ours", undefined], ["peer", python]] as const) {
      if (side === "peer" && !peer) continue;
      const [alone] = await steps(places.slice(0, 1), one, peer);
      const together = await steps(places, one, peer);
      sides[side].push(Math.max(...together) - alone);
    }
  }
  progress(ROUNDS, ROUNDS);
  return sides;
}

/** Median milliseconds of a step, as each worker had it. */
async function steps(
  places: Place[],
  { megabytes, wire }: Case,
  python?: string,
): Promise<number[]> {
  const addresses = freeAddresses(places.length).map((address, i) =>
    address.replace("127.0.0.1", places[i].host)
  );
  return await Promise.all(places.map(async ({ prefix, interface: name }, rank) => {
    const workers: Workers = { addresses, rank };
    const request: ExchangeRequest = { workers, megabytes, wire, steps: STEPS };
    const script = join(import.meta.dirname!, "support", "exchange_run.ts");
    const command = python
      ? [python, join(import.meta.dirname!, "cluster_peer.py")]
      : [Deno.execPath(), "run", "-A", "--no-check", script];
    const [program, ...args] = [...prefix, ...command, JSON.stringify(request)];
    const one = { TF_NUM_INTRAOP_THREADS: "1", OMP_NUM_THREADS: "1", TF_CPP_MIN_LOG_LEVEL: "2" };
    const { success, stdout } = await new Deno.Command(program, {
      args,
      env: { ...one, GLOO_SOCKET_IFNAME: name },
      stderr: "inherit",
    }).output();
    if (!success) throw new Problem(`worker ${rank} of ${places.length} failed; see above`);
    return JSON.parse(new TextDecoder().decode(stdout).trim().split("\n").at(-1)!).milliseconds;
  }));
}

/** Least squares, each case by its own size: of relative errors. */
function fitted(found: readonly Measured[]): Ring {
  const rows = found.map(({ ours, ...of }) => {
    const seconds = median(ours) / 1000, { hops, sent } = trafficOf(sizeOf(of));
    return [hops / seconds, sent / seconds];
  });
  const ones = Matrix.ones(rows.length, 1);
  const [hop, byte] = solve(new Matrix(rows), ones).to1DArray();
  return { hop, byte };
}

const sizeOf = ({ count, megabytes }: Pick<Case, "count" | "megabytes">) => (
  { workers: count, bytes: megabytes * 2 ** 20 }
);

const nameOf = ({ where, count, megabytes, wire }: Case) =>
  `${where}, ${count} workers, ${megabytes} MB${wire === "bf16" ? ", bf16 on the wire" : ""}`;

function rowOf(of: Measured): Row {
  const [ours, peer] = [of.ours, of.peer].map((values) => values.length ? median(values) : null);
  const range = (values: number[]): [number, number] => [Math.min(...values), Math.max(...values)];
  return {
    ...{ bench: "cluster", case: nameOf(of), unit: "ms/step", ours: ours!, peer },
    ratio: peer === null ? null : peer / ours!,
    ranges: { ours: range(of.ours), peer: of.peer.length ? range(of.peer) : null },
  };
}

const lines = (found: readonly Measured[]): string[][] => [
  ["exchange", "ours", "DDP"],
  ...found.map((of) => [
    nameOf(of),
    ...[of.ours, of.peer].map((values) => values.length ? `${median(values).toFixed(1)} ms` : "-"),
  ]),
];
