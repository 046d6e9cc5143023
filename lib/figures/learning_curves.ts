/** The training loss of both arms: whether a run has settled, and whether both arms learn. */
import type { TopLevelSpec } from "vega-lite";
import type { Loss } from "../study/rows.ts";

/** One panel a method, one line a run; losses of different methods are not comparable. */
export function learningCurves(rows: readonly Loss[]): TopLevelSpec {
  const methods = [...new Set(rows.map(({ method }) => method))];
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    title: { text: "Training loss", offset: 12 },
    data: { values: [...rows] },
    facet: {
      column: { field: "method", type: "nominal", sort: methods, title: null },
    },
    spec: {
      width: 210,
      height: 130,
      mark: { type: "line", point: { size: 16 }, opacity: 0.75 },
      encoding: {
        x: { field: "epoch", type: "quantitative", axis: { tickMinStep: 1, grid: false } },
        y: {
          field: "loss",
          type: "quantitative",
          title: "loss",
          scale: { zero: false },
        },
        color: {
          field: "arm",
          type: "nominal",
          title: "pairs",
          scale: { domain: ["augmented", "semantic"], range: ["#9a9a9a", "#0b4a8f"] },
        },
        strokeDash: {
          field: "arm",
          type: "nominal",
          title: "pairs",
          scale: { domain: ["augmented", "semantic"], range: [[4, 3], [1, 0]] },
        },
        detail: { field: "seed" },
      },
    },
    resolve: { scale: { y: "independent" } },
    config: { view: { stroke: "#ccc" }, axis: { gridColor: "#eee" } },
  };
}
