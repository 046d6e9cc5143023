/** How the arms change along something: a faint line a seed, a strong one for their mean. */
import type { TopLevelSpec } from "vega-lite";
import type { Arm } from "../study/cell.ts";
import { armColour, armShape, chartConfig } from "./arms.ts";

/** A point of a curve. */
export interface CurveRow {
  panel: string;
  arm: Arm;
  seed: number;
  x: number | string;
  value: number;
}

/**
 * A panel each, the arms' curves in it. Panels and, where x is no number, its values follow the order
 * of the rows.
 */
export function armCurves(
  rows: readonly CurveRow[],
  { title, x, y, columns = 4, subtitle = "" }: {
    title: string;
    x: string;
    y: string;
    columns?: number;
    subtitle?: string;
  },
): TopLevelSpec {
  const order = (field: "panel" | "x") => [...new Set(rows.map((row) => row[field]))];
  const numeric = rows.every((row) => typeof row.x === "number");
  const along = numeric
    ? { field: "x", type: "quantitative", title: x, axis: { tickMinStep: 1 } }
    : { field: "x", type: "ordinal", sort: order("x"), title: x, axis: { labelAngle: 0 } };
  const value = { type: "quantitative", title: y, scale: { zero: false } };
  const mean = { x: along, y: { ...value, field: "value", aggregate: "mean" }, color: armColour };
  const seeds = {
    x: along,
    y: { ...value, field: "value" },
    color: armColour,
    detail: { field: "seed" },
  };
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    title: { text: title, subtitle, offset: 12 },
    data: { values: [...rows] },
    facet: {
      field: "panel",
      type: "nominal",
      sort: order("panel"),
      title: null,
      header: { labelFontSize: 12, labelFontWeight: "bold" },
    },
    columns,
    spec: {
      width: 170,
      height: 130,
      layer: [
        { mark: { type: "line", strokeWidth: 1, opacity: 0.35 }, encoding: seeds },
        { mark: { type: "line", strokeWidth: 2.5 }, encoding: mean },
        {
          mark: { type: "point", filled: true, size: 36 },
          encoding: { ...mean, shape: armShape },
        },
      ],
    },
    config: chartConfig,
  } as TopLevelSpec;
}
