import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import {
  gainCurves,
  gainCurvesTable,
  mixtureCurves,
  mixtureTable,
  verdictsFigure,
  verdictsTable,
} from "../../lib/figures/index.ts";
import { renderFigure } from "../../lib/notebook/render.ts";
import { mixtures, whenTheyPay } from "../../lib/study/design.ts";
import { mixtureGains } from "../../lib/study/mixtures.ts";
import { accuracies } from "../../lib/study/rows.ts";
import type { Test } from "../../lib/study/overview.ts";
import { bySetting, settingGains, usualBatches } from "../../lib/study/when.ts";
import { inventedRuns } from "../study/runs.ts";

/** How many marks of a kind an SVG has. */
const count = (svg: string, kind: string) => svg.split(`aria-roledescription="${kind}"`).length - 1;

const runs = inventedRuns(
  whenTheyPay("desk", { methods: "all" }),
  ({ arm, seed }) => 0.3 + (arm === "semantic" ? 0.01 * seed : 0),
);
const gains = usualBatches(
  settingGains(bySetting(runs), { evaluation: "held-out concepts", probe: "linear" }),
);

Deno.test("gain curves: a line a number of images in each panel, a point a seed, an interval a mean", async () => {
  const { svg } = await renderFigure(gainCurves(gains, { subtitle: "desk profile" }));
  strictEqual(count(svg, "line mark"), 2 * 2 * 2); // methods, views, images: of few images a line of one point
  strictEqual(count(svg, "point"), gains.length * 3);
  for (const text of ["SimCLR", "Barlow Twins", "full", "weak", "images a class"]) {
    ok(svg.includes(text), text);
  }
  const [row] = gainCurvesTable(gains).objects() as Record<string, unknown>[];
  deepStrictEqual([row["augmented, %"], row["gain, points"], row.n], [30, 2, 3]);
});

Deno.test("mixture curves: a panel an axis, a line a method, a point a seed", async () => {
  const runs = inventedRuns(mixtures("desk", { methods: "all" }), ({ arm, seed }) => (
    0.3 + (arm === "augmented" ? 0 : 0.01 * seed)
  ));
  const rows = accuracies(runs).filter(({ evaluation, probe }) =>
    evaluation === "held-out concepts" && probe === "linear"
  );
  const gains = mixtureGains(rows);
  const { svg } = await renderFigure(mixtureCurves(gains, { subtitle: "desk profile" }));
  strictEqual(count(svg, "line mark"), 3);
  const onCurves = gains.filter(({ mixture }) => mixture !== "both");
  strictEqual(count(svg, "point"), onCurves.length * 3);
  for (const text of ["SimCLR", "semantic epochs, the last", "50%"]) {
    ok(svg.includes(text), text);
  }
  const [row] = mixtureTable(gains).objects() as Record<string, unknown>[];
  deepStrictEqual([row["augmented, %"], row["gain, points"], row.n], [30, 2, 3]);
});

Deno.test("verdicts: a point a test, an interval where there is one, a row a claim", async () => {
  const test = (paper: string, effect: number, verdict: Test["verdict"]): Test => ({
    ...{ paper, profile: "desk", claim: paper, method: "SimCLR", evaluation: "e", n: 3, pHolm: 1 },
    ...{ effect, low: effect - 1, high: effect + 1, verdict, baselineLearned: null },
  });
  const unbounded = { ...test("B", 1, "not shown"), low: null, high: null } as unknown as Test;
  const tests = [test("A", 3, "supported"), test("A", -3, "contradicted"), unbounded];
  const { svg } = await renderFigure(verdictsFigure(tests));
  strictEqual(count(svg, "point"), 3);
  strictEqual(count(svg, "rule mark"), 2); // the intervals: the zero line says nothing of itself
  const rows = verdictsTable(tests).objects() as Record<string, unknown>[];
  deepStrictEqual(rows.map((row) => [row.claim, row["effect, points"], row.verdict, row.low]), [
    ["A", 3, "supported", 2],
    ["A", -3, "contradicted", -4],
    ["B", 1, "not shown", null],
  ]);
});
