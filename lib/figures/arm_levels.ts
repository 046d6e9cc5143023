/** Where the arms stand: one point a seed and a tick for the mean, the untrained backbone beside. */
import type { TopLevelSpec } from "vega-lite";
import type { Observation } from "../study/comparison.ts";
import { armColour, armShape, chartConfig, panels } from "./arms.ts";

type Field = "method" | "subject" | "measure";

/**
 * Levels of every arm; panels and rows follow the order of the observations.
 *
 * @param options.x title of the axis, with the unit
 */
export function armLevels(
  rows: readonly Observation[],
  { title, x, layout, subtitle = "" }: {
    title: string;
    x: string;
    layout: { panel: Field; row: Field };
    subtitle?: string;
  },
): TopLevelSpec {
  const order = (field: Field) => [...new Set(rows.map((row) => row[field]))];
  const place = {
    y: {
      field: layout.row,
      type: "nominal",
      sort: order(layout.row),
      title: null,
      axis: { grid: true, tickBand: "extent", labelLimit: 220 },
    },
    yOffset: { field: "arm", type: "nominal", sort: armColour.sort },
    color: armColour,
  };
  const value = { type: "quantitative", title: x, axis: { tickCount: 5 } };
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    title: { text: title, subtitle, offset: 12 },
    data: { values: [...rows] },
    facet: panels(layout.panel, order(layout.panel)),
    spec: {
      width: 200,
      height: { step: 11 },
      layer: [
        {
          mark: { type: "tick", thickness: 2.5, size: 10 },
          encoding: { ...place, x: { ...value, field: "value", aggregate: "mean" } },
        },
        {
          mark: { type: "point", filled: true, size: 26, opacity: 0.6 },
          encoding: { ...place, shape: armShape, x: { ...value, field: "value" } },
        },
      ],
    },
    resolve: { scale: { x: "independent" } },
    config: chartConfig,
  } as TopLevelSpec;
}
