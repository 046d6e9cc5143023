/** How the arms of the study look, in every figure alike. */

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

/** Two decimals; null where there is no finite number, as in the interval of one seed. */
export function round(value: number): number | null {
  return Number.isFinite(value) ? Math.round(100 * value) / 100 : null;
}
