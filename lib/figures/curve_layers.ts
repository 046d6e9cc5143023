/** Gains along something: what their figures share. */
import { distinctColours } from "./arms.ts";

const shapes = ["circle", "square", "diamond", "triangle-up", "cross", "triangle-down"];

/**
 * From back to front: the zero line, the interval, a line through the means, the seeds; of rows whose
 * `part` is "mean" (with `low` and `high`) or "seed".
 *
 * @param x encoding of what gains are followed along
 * @param y title of the axis, with the unit
 * @param lines what has a line each, in that order
 */
export function curveLayers(
  { x, y, lines }: {
    x: object;
    y: string;
    lines: { field: string; title: string; domain: readonly string[] };
  },
) {
  const { field, title, domain } = lines;
  const line = (range: readonly string[]) => ({
    ...{ field, type: "nominal", title },
    scale: { domain, range: range.slice(0, domain.length) },
  });
  const value = (field: string) => ({ field, type: "quantitative", title: y });
  const of = (part: string) => ({ transform: [{ filter: `datum.part === '${part}'` }] });
  const place = { x, color: line(distinctColours) };
  return [
    { mark: { type: "rule", color: "#555" }, encoding: { y: { datum: 0 } } },
    {
      ...of("mean"),
      mark: { type: "rule", strokeWidth: 2, opacity: 0.7 },
      encoding: { ...place, y: value("low"), y2: { field: "high" } },
    },
    {
      ...of("mean"),
      mark: { type: "line", strokeWidth: 2.5 },
      encoding: { ...place, y: value("value") },
    },
    {
      ...of("seed"),
      mark: { type: "point", filled: true, size: 28, opacity: 0.6 },
      encoding: { ...place, y: value("value"), shape: line(shapes) },
    },
  ];
}
