/** What semantic pairs add, or take away: one point a seed, the mean and its interval. */
import { from, type Table } from "arquero";
import type { TopLevelSpec } from "vega-lite";
import type { Claim } from "../study/claims.ts";
import type { Comparison } from "../study/comparison.ts";
import {
  chartConfig,
  differenceLayers,
  distinctColours,
  panels,
  round,
  statistics,
} from "./arms.ts";

/** What is told apart by panels and by rows. */
export type Layout = { panel: "subject" | "measure"; row: "subject" | "measure" };

/**
 * Paired differences, semantic less augmented. Colours are methods; panels and rows follow the order
 * of the comparisons.
 *
 * @param options.x title of the axis, with the unit
 * @param options.subtitle what the reader should know first
 */
export function armDifferences(
  rows: readonly Comparison[],
  { title, x, layout, subtitle = "" }: {
    title: string;
    x: string;
    layout: Layout;
    subtitle?: string;
  },
): TopLevelSpec {
  const order = (field: keyof Comparison) => [...new Set(rows.map((row) => row[field]))];
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    title: { text: title, subtitle, offset: 12 },
    data: { values: rows.flatMap(spread) },
    facet: panels(layout.panel, order(layout.panel)),
    spec: {
      width: 200,
      height: { step: order("method").length > 2 ? 12 : 16 },
      layer: layers(x, { row: layout.row, rows: order(layout.row), methods: order("method") }),
    },
    resolve: { scale: { x: layout.panel === "measure" ? "independent" : "shared" } },
    config: chartConfig,
  } as TopLevelSpec;
}

function layers(
  x: string,
  { row, rows, methods }: { row: Layout["row"]; rows: unknown[]; methods: unknown[] },
) {
  const method = { field: "method", type: "nominal", sort: methods };
  const place = {
    y: {
      field: row,
      type: "nominal",
      sort: rows,
      title: null,
      axis: { grid: true, tickBand: "extent", labelLimit: 220 },
    },
    yOffset: method,
    color: { ...method, scale: { domain: methods, range: distinctColours } },
  };
  return differenceLayers(place, x, { tick: 12, point: 26 });
}

/** A comparison as rows to be drawn: its mean with the interval, and each seed. */
function spread({ method, subject, measure, mean, low, high, seeds, differences }: Comparison) {
  const place = { method, subject, measure };
  return [
    { ...place, part: "mean", value: mean, low: round(low), high: round(high) },
    ...differences.map((value, i) => ({ ...place, part: "seed", seed: seeds[i], value })),
  ];
}

/** The table behind the figure: means of the arms, paired difference, interval, verdict. */
export function armDifferencesTable(
  rows: readonly Comparison[],
  claims: readonly Claim[] = [],
): Table {
  return from(rows.map((row) => {
    const claim = claims.find(({ method, evaluation }) =>
      method === row.method && evaluation === subjectOf(row)
    );
    return {
      method: row.method,
      subject: row.subject,
      measure: row.measure,
      untrained: row.untrained === null ? null : round(row.untrained),
      augmented: round(row.augmented),
      semantic: round(row.semantic),
      difference: round(row.mean),
      ...statistics(row, claim),
    };
  }));
}

/** How a claim names what it is about: `held-out concepts, linear`. */
export function subjectOf({ subject, measure }: Pick<Comparison, "subject" | "measure">): string {
  return `${subject}, ${measure}`;
}
