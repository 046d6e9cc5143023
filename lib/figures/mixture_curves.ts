/** What mixtures of pairs are worth: their gain along the share of semantic and of false pairs. */
import { from, type Table } from "arquero";
import type { TopLevelSpec } from "vega-lite";
import type { MixtureGain, Vanishing } from "../study/mixtures.ts";
import { chartConfig, interval, panels, round } from "./arms.ts";
import { curveLayers } from "./curve_layers.ts";

const titles = {
  hybrid: "semantic pairs",
  curriculum: "semantic epochs, the last",
  noisy: "false pairs",
};

/**
 * A panel a mixture: the gain over augmented pairs along the share of semantic pairs, of epochs with
 * them, at whose end all are semantic, and of false ones. A line a method, points are seeds.
 *
 * @param gains of one evaluation and probe
 */
export function mixtureCurves(
  gains: readonly MixtureGain[],
  { title = "What mixtures of pairs add", subtitle = "" } = {},
): TopLevelSpec {
  const x = {
    ...{ field: "amount", type: "quantitative", title: "share", scale: { padding: 10 } },
    axis: { format: "%", grid: false, values: [0, 0.25, 0.5, 0.75, 1] },
  };
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    title: { text: title, subtitle, offset: 12 },
    data: { values: gains.flatMap(spread) },
    facet: panels("panel", Object.values(titles)),
    spec: {
      width: 230,
      height: 200,
      layer: curveLayers({
        x,
        y: "gain, percentage points",
        lines: {
          field: "method",
          title: "method",
          domain: [...new Set(gains.map((g) => g.method))],
        },
      }),
    },
    resolve: { scale: { x: "independent" } },
    config: chartConfig,
  } as TopLevelSpec;
}

/** A gain as rows to be drawn: its mean with the interval, and each seed; no gain where none is semantic. */
function spread({ method, mixture, amount, mean, low, high, ...gain }: MixtureGain) {
  if (mixture === "both") return []; // a point is no curve: it is in the table
  const place = { method, panel: titles[mixture], amount };
  const start = mixture !== "noisy" && amount === 1
    ? [{ ...place, amount: 0, part: "mean", value: 0 }]
    : [];
  return [
    ...start,
    { ...place, part: "mean", value: mean, low: round(low), high: round(high) },
    ...gain.differences.map((value, i) => ({ ...place, part: "seed", seed: gain.seeds[i], value })),
  ];
}

/** The table behind the figure: accuracies in percent, gains in percentage points. */
export function mixtureTable(gains: readonly MixtureGain[]): Table {
  return from(gains.map((row) => ({
    method: row.method,
    mixture: row.mixture === "both" ? "both kinds at once" : titles[row.mixture],
    share: row.amount,
    "augmented, %": round(row.augmented),
    "mixture, %": round(row.semantic),
    "gain, points": round(row.mean),
    ...interval(row),
  })));
}

/** For each method the rate of false pairs at which the benefit is gone, in percent. */
export function vanishingTable(rows: readonly Vanishing[]): Table {
  const percent = (rate: number | null) => rate === null ? "" : `${Math.round(100 * rate)} %`;
  return from(rows.map(({ method, rate, seeds, tried }) => ({
    method,
    "gone at": percent(rate),
    "of each seed": seeds.map((rate) => percent(rate) || "–").join(", "),
    "tried up to": percent(tried),
  })));
}
