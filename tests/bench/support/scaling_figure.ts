/** How cost grows with size: points as measured, lines as fitted, a panel each. */
import type { TopLevelSpec } from "vega-lite";

/** A measurement, and what the fit says there. */
export type Point = { x: number; y: number; fitted: number };

/** One cost against one size. */
export interface Curve {
  panel: string;
  /** Which of the panel's. */
  way: string;
  /** Both, for a table. */
  what: string;
  unit: string;
  /** What there are more and more of: "pair", "image", "cell". */
  per: string;
  points: Point[];
  /** What the fit says where nothing was measured. */
  further?: Omit<Point, "y">[];
  /** Of a straight line: what one more costs. */
  slope?: number;
  /** Of a power law. */
  power?: number;
}

/** A panel for each kind of cost, both axes logarithmic: a slope of 1 is "twice as many, twice". */
export function scalingFigure(
  curves: Curve[],
  {
    subtitle = "points: measured once; lines: straight (batch, cells) or a power (images), fitted",
  } = {},
): TopLevelSpec {
  const panels = [...Map.groupBy(curves, ({ panel }) => panel)];
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    title: {
      text: "Cost against size",
      subtitle,
      offset: 12,
    },
    columns: 2,
    concat: panels.map(([title, curves]) => panel(title, curves)),
    resolve: { scale: { color: "independent" } },
    config: { view: { stroke: "#ccc" }, axis: { gridColor: "#eee" } },
  } as TopLevelSpec;
}

function panel(title: string, curves: Curve[]) {
  const [{ unit, per }] = curves;
  const ways = curves.map(({ way }) => way);
  const along = (field: string, title: string, format = "~g") => ({
    ...{ field, type: "quantitative", scale: { type: "log" } },
    axis: { title, format, grid: false, tickCount: 4 },
  });
  const encoding = {
    x: along("x", `${per}s`, "~s"),
    color: {
      field: "way",
      type: "nominal",
      title: null,
      scale: { domain: ways, range: ["#0b4a8f", "#d1711c", "#4c8c4a"] },
      legend: { orient: "bottom" },
    },
  };
  return {
    title: { text: title, fontSize: 11, anchor: "start" },
    width: 230,
    height: 170,
    data: {
      values: curves.flatMap(({ way, points, further = [] }) =>
        [...points, ...further].map((point) => ({ way, ...point }))
      ),
    },
    layer: [
      { mark: { type: "line", opacity: 0.6 }, encoding: { ...encoding, y: along("fitted", unit) } },
      { mark: { type: "point", filled: true }, encoding: { ...encoding, y: along("y", unit) } },
    ],
  };
}
