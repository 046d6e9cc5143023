/** How often the two images of a pair share a nuisance factor: what each arm can teach to ignore. */
import { from, type Table } from "arquero";
import type { TopLevelSpec } from "vega-lite";
import type { FactorRow } from "../pairs/factor_table.ts";
import { chartConfig } from "./arms.ts";

const arms = ["augmented", "semantic"];
const colours = ["#0b4a8f", "#f28e2b"]; // they differ in lightness too
const shapes = ["circle", "square"];

/**
 * A row a factor, a point an arm with its 95 % interval; the tick is what two images of a class
 * share by chance. Left is better: what partners do not share, a method learns to ignore.
 */
export function sharedFactors(rows: readonly FactorRow[], { subtitle = "" } = {}): TopLevelSpec {
  const values = rows.map(({ shared, low, high, chance, ...row }) => (
    { ...row, shared: 100 * shared, low: 100 * low, high: 100 * high, chance: 100 * chance }
  ));
  const factors = [...new Set(rows.toSorted((a, b) => a.chance - b.chance).map((r) => r.factor))];
  const x = (field: string) => ({
    field,
    type: "quantitative",
    title: "pairs whose two images share it, percent",
    scale: { domain: [0, 100] },
  });
  const y = {
    field: "factor",
    type: "nominal",
    sort: factors,
    title: null,
    axis: { labelLimit: 260 },
  };
  const arm = { field: "arm", type: "nominal", sort: arms, title: "pairs" };
  const color = { ...arm, scale: { domain: arms, range: colours } };
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    title: { text: "What the two images of a pair have in common", subtitle, offset: 12 },
    width: 420,
    height: { step: 26 },
    data: { values },
    layer: [
      {
        mark: { type: "tick", thickness: 2, size: 18, color: "#999" },
        encoding: { x: x("chance"), y },
      },
      {
        mark: { type: "rule", strokeWidth: 2 },
        encoding: { x: x("low"), x2: { field: "high" }, y, color },
      },
      {
        mark: { type: "point", filled: true, size: 45, opacity: 1 },
        encoding: {
          x: x("shared"),
          y,
          color,
          shape: { ...arm, scale: { domain: arms, range: shapes } },
        },
      },
    ],
    config: chartConfig,
  } as TopLevelSpec;
}

/** The rows behind the figure, a factor a row, in percent, with the interval of the semantic arm. */
export function sharedFactorsTable(rows: readonly FactorRow[]): Table {
  const percent = (share: number) => Math.round(1000 * share) / 10;
  const perFactor = Map.groupBy(rows, ({ factor }) => factor);
  return from([...perFactor].map(([factor, arms]) => {
    const of = (name: string) => arms.find(({ arm }) => arm === name)!;
    const { shared, low, high, chance, pairs } = of("semantic");
    return {
      factor,
      "augmented, %": percent(of("augmented").shared),
      "semantic, %": percent(shared),
      low: percent(low),
      high: percent(high),
      "chance, %": percent(chance),
      pairs,
    };
  }));
}
