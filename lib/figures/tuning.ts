/** How the setting was chosen, and how the gain depends on it: validation accuracy of every trial. */
import type { TopLevelSpec } from "vega-lite";
import { methods } from "../methods/index.ts";
import type { Trial } from "../study/tuning.ts";

/**
 * A panel a method and kind of views, in the order of the trials; one line an arm over the learning
 * rate. Where the lines part, semantic pairs pay; the dotted line is the untrained backbone. One seed
 * a trial.
 */
export function tuning(all: readonly Trial[]): TopLevelSpec {
  const trials = all.filter(({ arm }) => arm !== "untrained");
  const floor = all.find(({ arm }) => arm === "untrained");
  const arms = ["augmented", "semantic"];
  const arm = (range: unknown[]) => ({
    field: "arm",
    type: "nominal" as const,
    title: "pairs",
    scale: { domain: arms, range },
  });
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    title: {
      text: "Validation accuracy of every setting that was tried",
      subtitle: floor ? "dotted: the backbone as it is initialised" : "",
      offset: 12,
    },
    data: {
      values: trials.map(({ method, views, validation, ...trial }) => ({
        ...trial,
        panel: panelOf({ method, views }),
        percent: 100 * validation,
      })),
    },
    facet: {
      field: "panel",
      type: "nominal",
      title: null,
      sort: [...new Set(trials.map(panelOf))],
    },
    columns: 4,
    spec: {
      width: 150,
      height: 110,
      layer: [
        ...(floor ? [untrained(100 * floor.validation)] : []),
        {
          mark: { type: "line", point: { size: 30 } },
          encoding: {
            x: {
              field: "learningRate",
              type: "quantitative",
              title: "learning rate",
              scale: { type: "log", nice: false },
              axis: { values: [0.01, 0.03, 0.1, 0.3], format: "~g", grid: false },
            },
            y: { field: "percent", type: "quantitative", title: "kNN top-1, %" },
            color: arm(["#9a9a9a", "#0b4a8f"]),
            strokeDash: arm([[4, 3], [1, 0]]),
          },
        },
      ],
    },
    config: { view: { stroke: "#ccc" }, axis: { gridColor: "#eee" } },
  } as TopLevelSpec;
}

const panelOf = ({ method, views }: Pick<Trial, "method" | "views">) =>
  `${methods[method].title}, ${views} views`;

const untrained = (percent: number) => ({
  mark: { type: "rule", strokeDash: [1, 3], color: "#555" },
  encoding: { y: { datum: percent, type: "quantitative" } },
});
