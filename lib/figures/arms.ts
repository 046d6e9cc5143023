/** How the arms of the study look, in every figure alike. */
import type { Claim } from "../study/claims.ts";
import type { PairedDifference } from "../study/stats.ts";

/** From the floor on; their colours also differ in lightness, so that figures survive a grey printer. */
export const arms = ["untrained", "augmented", "semantic"] as const;

const colours = ["#9a9a9a", "#0b4a8f", "#f28e2b"];
const shapes = ["diamond", "circle", "square"];

const arm = { field: "arm", type: "nominal", sort: arms, title: "pairs" } as const;

/** Encodings of the arm as colour and as shape. */
export const armColour = { ...arm, scale: { domain: arms, range: colours } };
export const armShape = { ...arm, scale: { domain: arms, range: shapes } };

/** Colours of what is compared where the arms are not: methods, probes. */
export const distinctColours = ["#0b4a8f", "#f28e2b", "#3a9d5d", "#8c3fa8", "#7a7a7a", "#c23b3b"];

/** What all charts share. */
export const chartConfig = { view: { stroke: "#ccc" }, axis: { gridColor: "#eee" } };

/** Panels side by side, in that order. */
export const panels = (field: string, sort: readonly unknown[]) => ({
  column: {
    field,
    type: "nominal",
    sort,
    title: null,
    header: { labelFontSize: 13, labelFontWeight: "bold" },
  },
});

/**
 * Differences from back to front: the zero line, the interval, the mean, the seeds; of rows whose
 * `part` is "mean" (with `low` and `high`) or "seed".
 *
 * @param place encodings of all three marks
 * @param x title of the axis, with the unit
 * @param size of the mean's tick and of a seed's point; further encodings of the latter
 */
export function differenceLayers(
  place: object,
  x: string,
  { tick, point, seed = {} }: { tick: number; point: number; seed?: object },
) {
  const difference = (field: string) => ({
    field,
    type: "quantitative",
    title: x,
    axis: { tickCount: 5 },
    scale: { padding: 6 },
  });
  return [
    { mark: { type: "rule", color: "#555" }, encoding: { x: { datum: 0 } } },
    {
      transform: [{ filter: "datum.part === 'mean' && datum.low !== null" }],
      mark: { type: "rule", strokeWidth: 2 },
      encoding: { ...place, x: difference("low"), x2: { field: "high" } },
    },
    {
      transform: [{ filter: "datum.part === 'mean'" }],
      mark: { type: "tick", thickness: 3, size: tick },
      encoding: { ...place, x: difference("value") },
    },
    {
      transform: [{ filter: "datum.part === 'seed'" }],
      mark: { type: "point", filled: true, size: point, opacity: 0.6 },
      encoding: { ...place, x: difference("value"), ...seed },
    },
  ];
}

/** Two decimals; null where there is no finite number, as in the interval of one seed. */
export function round(value: number): number | null {
  return Number.isFinite(value) ? Math.round(100 * value) / 100 : null;
}

/** The columns in which a table tells how sure a paired difference is. */
export function interval({ low, high, n, dz }: PairedDifference) {
  return { low: round(low), high: round(high), n, "d_z": round(dz) };
}

/** The same with its claim's verdict. */
export function statistics(difference: PairedDifference, claim: Claim | undefined) {
  return {
    ...interval(difference),
    "p (Holm)": claim ? Number(claim.pHolm.toPrecision(2)) : null,
    verdict: claim?.verdict ?? "not judged",
  };
}
