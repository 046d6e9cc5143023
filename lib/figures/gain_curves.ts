/** When semantic pairs pay: their gain along the length of training. */
import { from, type Table } from "arquero";
import type { TopLevelSpec } from "vega-lite";
import type { BestViews, SettingGain } from "../study/when.ts";
import { chartConfig, interval, panels, round } from "./arms.ts";
import { curveLayers } from "./curve_layers.ts";

/**
 * A row a method, a column a kind of views: the gain over epochs of training, a line for each number
 * of images a class. Above the zero line semantic pairs are better; bars are 95 % intervals of the
 * mean, points seeds.
 *
 * @param gains of one evaluation and probe
 */
export function gainCurves(
  gains: readonly SettingGain[],
  { title = "When semantic pairs pay", subtitle = "" } = {},
): TopLevelSpec {
  const order = (field: "method" | "views" | "images") => [
    ...new Set(gains.map((row) => String(row[field]))),
  ];
  const x = {
    field: "epochs",
    type: "quantitative",
    title: "epochs of training",
    scale: { type: "log", nice: false, padding: 12 },
    axis: { values: [...new Set(gains.map(({ epochs }) => epochs))], grid: false },
  };
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    title: { text: title, subtitle, offset: 12 },
    data: { values: gains.flatMap(spread) },
    facet: {
      ...panels("views", order("views")),
      row: {
        ...{ field: "method", type: "nominal", sort: order("method"), title: null },
        header: { labelFontSize: 13, labelFontWeight: "bold" },
      },
    },
    spec: {
      width: 220,
      height: 150,
      layer: curveLayers({
        ...{ x, y: "gain, percentage points" },
        lines: { field: "images", title: "images a class", domain: order("images") },
      }),
    },
    config: chartConfig,
  } as TopLevelSpec;
}

/** A gain as rows to be drawn: its mean with the interval, and each seed. */
function spread({ method, views, images, epochs, mean, low, high, ...gain }: SettingGain) {
  const place = { method, views, images: String(images), epochs };
  return [
    { ...place, part: "mean", value: mean, low: round(low), high: round(high) },
    ...gain.differences.map((value, i) => ({ ...place, part: "seed", seed: gain.seeds[i], value })),
  ];
}

/** The table behind the figure: accuracies in percent, gains in percentage points. */
export function gainCurvesTable(gains: readonly SettingGain[]): Table {
  return from(gains.map((row) => ({
    method: row.method,
    views: row.views,
    "images a class": row.images,
    epochs: row.epochs,
    batches: row.composition,
    "untrained, %": row.untrained === null ? null : round(row.untrained),
    "augmented, %": round(row.augmented),
    "semantic, %": round(row.semantic),
    "gain, points": round(row.mean),
    ...interval(row),
  })));
}

/** Both arms, each under the views that are best for it. */
export function bestViewsTable(rows: readonly BestViews[]): Table {
  return from(rows.map(({ method, views, levels, ...gain }) => ({
    method,
    ...{ "augmented under": views.augmented, "augmented, %": round(levels.augmented) },
    ...{ "semantic under": views.semantic, "semantic, %": round(levels.semantic) },
    "difference, points": round(gain.mean),
    ...interval(gain),
  })));
}
