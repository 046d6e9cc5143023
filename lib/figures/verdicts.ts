/** The study in one picture: every test of every claim, with its interval and its verdict. */
import { from, type Table } from "arquero";
import type { TopLevelSpec } from "vega-lite";
import type { Test } from "../study/overview.ts";
import { chartConfig, panels, round } from "./arms.ts";

const verdicts = ["supported", "not shown", "contradicted"];
const colours = ["#1a7f4b", "#9a9a9a", "#c23b3b"];
const shapes = ["circle", "diamond", "square"];

/**
 * A row a claim, a column a profile: a point a test (a method, on one data set) at its effect, with the
 * 95 % interval over seeds. Right of the zero line the claim is right.
 *
 * @param tests as of `study.testsOf`
 */
export function verdictsFigure(
  tests: readonly Test[],
  { subtitle = "" } = {},
): TopLevelSpec {
  const claims = [...new Set(tests.map(({ paper }) => paper))];
  const profiles = [...new Set(tests.map(({ profile }) => profile))];
  const places = new Map<string, number>();
  const rows = tests.map(({ paper, profile, method, evaluation, effect, low, high, verdict }) => {
    const place = (places.get(`${paper} ${profile}`) ?? 0) + 1;
    places.set(`${paper} ${profile}`, place);
    return {
      ...{
        paper,
        profile,
        place,
        verdict,
        effect,
        test: [method, evaluation].filter(Boolean).join(", "),
      },
      ...{ low: round(low), high: round(high) }, // null where there is none, as with one seed
    };
  });
  const verdict = (range: string[]) => ({
    field: "verdict",
    type: "nominal",
    title: "verdict",
    scale: { domain: verdicts, range },
  });
  const x = (field: string) => ({
    field,
    type: "quantitative",
    title: "effect, percentage points",
    scale: { padding: 6 },
  });
  const place = {
    y: { field: "paper", type: "nominal", sort: claims, title: null, axis: rowAxis },
    yOffset: { field: "place", type: "ordinal" },
    color: verdict(colours),
    tooltip: ["paper", "test", "effect", "low", "high", "verdict"].map((field) => ({ field })),
  };
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    title: { text: "What the study says of each claim", subtitle, offset: 12 },
    data: { values: rows },
    facet: panels("profile", profiles),
    spec: {
      width: 380,
      height: { step: 44, for: "position" },
      layer: [
        { mark: { type: "rule", color: "#555" }, encoding: { x: { datum: 0 } } },
        {
          transform: [{ filter: "datum.low !== null" }],
          mark: { type: "rule", strokeWidth: 1.5, clip: true },
          encoding: { ...place, x: x("low"), x2: { field: "high" } },
        },
        {
          mark: { type: "point", filled: true, size: 40, opacity: 1 },
          encoding: { ...place, x: x("effect"), shape: verdict(shapes) },
        },
      ],
    },
    config: chartConfig,
  } as TopLevelSpec;
}

const rowAxis = { grid: true, tickBand: "extent", labelLimit: 420 };

/** The table behind the figure: effects in percentage points, where the augmented arm stands. */
export function verdictsTable(tests: readonly Test[]): Table {
  return from(tests.map(({ paper, baselineLearned, ...test }) => ({
    claim: paper,
    ...{ profile: test.profile, method: test.method, "tested on": test.evaluation },
    "effect, points": round(test.effect),
    ...{ low: round(test.low), high: round(test.high), n: test.n },
    "p (Holm)": Number(test.pHolm.toPrecision(2)),
    verdict: test.verdict,
    "augmented above untrained": baselineLearned,
  })));
}
