/** What the cost of an exchange means for ResNet-50 on many workers, on paper: results/scaling.md. */
import type { TopLevelSpec } from "vega-lite";
import { tensors } from "../../../lib/engine/mod.ts";
import { backbone } from "../../../lib/models/backbone.ts";
import { resnet50 } from "../../../lib/models/presets.ts";
import { prng } from "../../../lib/base/prng.ts";
import { A100 } from "../../../lib/study/estimate.ts";
import { thisMachine } from "../../../lib/study/run_cell.ts";

/** Seconds of a hop, and of a byte in the workers. */
export type Ring = { hop: number; byte: number };

/** A case that the fit has not seen, in milliseconds; what the ends say of it, see {@link endsOf}. */
export type Tested = { where: string; megabytes: number; measured: number; bounds: number[] };

/** A prediction: a step's seconds, and which share of them is computing. */
export type Predicted = {
  workers: number;
  link: string;
  copies: string;
  step: number;
  exchange: number;
  efficiency: number;
};

/** The least and the most that an exchange costs: its copies free, or none of them behind the wire. */
export const endsOf = (ring: Ring): { copies: string; ring: Ring }[] => [
  { copies: "free", ring: { ...ring, byte: 0 } },
  { copies: "by one core, before the wire", ring },
];

const WORKERS = [8, 16, 32, 64, 128, 256, 512];
const LINKS = { "10 Gbit/s": 10e9 / 8, "100 Gbit/s": 100e9 / 8 };

/** Images of each worker in a step: 64 pairs. */
const IMAGES = 128;

/** An exchange's size. */
type Size = { workers: number; bytes: number };

/** Hops of a ring all-reduce, and the bytes that each worker sends. */
export function trafficOf({ workers, bytes }: Size): { hops: number; sent: number } {
  const hops = 2 * (workers - 1);
  return { hops, sent: hops / workers * bytes };
}

/** Seconds that an exchange costs, over links of so many bytes a second. */
export function exchangeOf({ hop, byte }: Ring, size: Size, bytesPerSecond: number): number {
  const { hops, sent } = trafficOf(size);
  return hops * hop + sent * (byte + 1 / bytesPerSecond);
}

/** The text of results/scaling.md, and the rows of its figure. */
export function paper(ring: Ring, tested: readonly Tested[]): { text: string; rows: Predicted[] } {
  const network = backbone(resnet50({ stem: "imagenet" }));
  const numbers = tensors(network.init(prng(0)).params).reduce((sum, { size }) => sum + size, 0);
  const bytes = 4 * numbers, compute = IMAGES / A100;
  const rows = Object.entries(LINKS).flatMap(([link, bytesPerSecond]) =>
    endsOf(ring).flatMap(({ copies, ring }) =>
      WORKERS.map((workers): Predicted => {
        const exchange = exchangeOf(ring, { workers, bytes }, bytesPerSecond);
        const step = compute + exchange;
        return { workers, link, copies, step, exchange, efficiency: compute / step };
      })
    )
  );
  return { text: textOf(ring, { tested, rows, bytes, compute }), rows };
}

function textOf(
  { hop, byte }: Ring,
  { tested, rows, bytes, compute }: {
    tested: readonly Tested[];
    rows: readonly Predicted[];
    bytes: number;
    compute: number;
  },
): string {
  const ms = (seconds: number) => `${(1000 * seconds).toFixed(1)} ms`;
  const line = (cells: string[]) => `| ${cells.join(" | ")} |`;
  return `# Many workers, on paper

By \`deno task bench cluster\`; what was measured stands in [bench](bench/README.md). A step of n workers
takes its own time and that of a ring all-reduce of B bytes of gradients over links of w bytes a second,

    step(n) = compute + 2 (n - 1) h + 2 (n - 1) / n B (p + 1 / w)

with h = ${ms(hop)} a hop and 1 / p = ${(1 / byte / 1e9).toFixed(2)} GB/s in the workers, fitted to
exchanges between processes of one machine that has a core for each (${thisMachine().hardware}).

Both come of three exchanges of two workers, h of the smallest alone: it is not known well. A worker copies one
part while another is on its way: with copies that cost nothing, p = 0, that is the least that an exchange
costs, with p the most. Of links that the fit has not seen:

${line(["link", "gradients", "at least", "measured", "at most"])}
${line(["---", "---:", "---:", "---:", "---:"])}
${
    tested.map(({ where, megabytes, measured, bounds: [least, most] }) =>
      line([where, `${megabytes} MB`, ...[least, measured, most].map((value) => ms(value / 1000))])
    ).join("\n")
  }

And of ResNet-50 (${
    (bytes / 1e6).toFixed(0)
  } MB of gradients in 32 bits), ${IMAGES} images a step on each worker's A100
(${
    ms(compute)
  } of computing, by NVIDIA's figure; nothing of the exchange hidden behind it). With copies that
cost nothing, or with p of the one core above, of which a link of 10 Gbit/s would keep four busy. Copies to
and from a GPU are not in it, and the statistics of batch norm, exchanged in every layer, are not either: a
frame, no measurement.

${line(["workers", "link", "copies", "exchange", "step", "efficiency"])}
${line(["---:", "---", "---", "---:", "---:", "---:"])}
${
    rows.map(({ workers, link, copies, exchange, step, efficiency }) =>
      line([
        ...[`${workers}`, link, copies, ms(exchange), ms(step)],
        `${(100 * efficiency).toFixed(0)} %`,
      ])
    ).join("\n")
  }

![Efficiency against workers](bench/cluster.svg)
`;
}

/** Efficiency against workers, a line for each link and each of the two ends. */
export function paperFigure(rows: readonly Predicted[]): TopLevelSpec {
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    title: {
      text: "ResNet-50 on many workers, on paper",
      subtitle: "computing as a share of a step that exchanges gradients by a ring all-reduce",
    },
    width: 360,
    height: 220,
    data: { values: rows as Predicted[] },
    mark: "line",
    encoding: {
      x: {
        ...{ field: "workers", type: "quantitative", scale: { type: "log", base: 2 } },
        axis: { values: WORKERS, title: "workers" },
      },
      y: {
        ...{ field: "efficiency", type: "quantitative", title: "efficiency" },
        ...{ axis: { format: "%" }, scale: { domain: [0, 1] } },
      },
      color: { field: "link", type: "nominal", legend: { orient: "bottom" } },
      strokeDash: {
        ...{ field: "copies", type: "nominal", title: "copies" },
        legend: {
          orient: "bottom",
          symbolType: "stroke",
          symbolStrokeColor: "gray",
          labelLimit: 0,
        },
      },
    },
  } as TopLevelSpec;
}
