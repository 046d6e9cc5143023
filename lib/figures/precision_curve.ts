/** How many of the mined pairs are right, along their similarity. */
import type { TopLevelSpec } from "vega-lite";
import type { Bin } from "../mining/precision.ts";
import { armColour, armShape, chartConfig } from "./arms.ts";

/**
 * A line an embedding: the share of pairs that are of one class, by similarity, with 95 % intervals. As
 * each embedding has a scale of its own, pairs are placed by their rank, the most similar left.
 *
 * @param rows each embedding's bins, named by its arm, the most similar first
 */
export function precisionCurve(
  rows: readonly (Bin & { embedding: string })[],
  { title = "How many of the mined pairs are right", subtitle = "" } = {},
): TopLevelSpec {
  const groups = [...Map.groupBy(rows, ({ embedding }) => embedding).values()];
  const values = groups.flatMap((bins) => {
    const total = bins.reduce((sum, { pairs }) => sum + pairs, 0);
    let before = 0;
    return bins.map(({ embedding, pairs, precision, low, high, from, to }) => {
      const place = (before + pairs / 2) / total;
      before += pairs;
      return { arm: embedding, place, precision, low, high, from, to };
    });
  });
  const x = {
    ...{ field: "place", type: "quantitative", title: "mined pairs, the most similar first" },
    axis: { format: "%" },
  };
  const y = (field: string) => ({
    ...{ field, type: "quantitative", title: "of one class", axis: { format: "%" } },
    scale: { domain: [0, 1] },
  });
  const color = { ...armColour, title: "embedding" }, shape = { ...armShape, title: "embedding" };
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    title: { text: title, subtitle, offset: 12 },
    data: { values },
    width: 380,
    height: 220,
    layer: [
      { mark: { type: "rule" }, encoding: { x, y: y("low"), y2: { field: "high" }, color } },
      { mark: { type: "line", strokeWidth: 2.5 }, encoding: { x, y: y("precision"), color } },
      {
        mark: { type: "point", filled: true, size: 45 },
        encoding: { x, y: y("precision"), color, shape },
      },
    ],
    config: chartConfig,
  } as TopLevelSpec;
}
