import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { parse, View } from "vega";
import { compile, type TopLevelSpec } from "vega-lite";
import { accuracyTable, learningCurves, perMethodGains } from "../../lib/figures/index.ts";
import { perMethodGainsTable, tuning } from "../../lib/figures/index.ts";
import { claims } from "../../lib/study/claims.ts";
import { perMethodGains as designOf } from "../../lib/study/design.ts";
import { gains } from "../../lib/study/gains.ts";
import { accuracies, losses } from "../../lib/study/rows.ts";
import { inventedRuns } from "../study/runs.ts";

const design = designOf("desk");
const seeds = new Set(design.cells.map(({ seed }) => seed)).size;
const trained = design.cells.filter(({ arm, seed }) => arm === "semantic" && seed === 1).length;
const runs = inventedRuns(
  design,
  ({ arm, method, seed }) =>
    (method?.name === "simclr" ? 0.3 : 0.2) + (arm === "semantic" ? 0.04 * seed : 0),
);
const rows = accuracies(runs);
const found = gains(rows);

/** The SVG of a spec, and how many marks of each kind it has. */
async function draw(spec: TopLevelSpec) {
  const view = new View(parse(compile(spec).spec));
  const svg = await view.toSVG().finally(() => view.finalize());
  const count = (kind: string) => svg.split(`aria-roledescription="${kind}"`).length - 1;
  return { svg, count };
}

Deno.test("the figure has a point a seed, a tick and an interval a gain, and says what it shows", async () => {
  const { svg, count } = await draw(perMethodGains(found, { subtitle: "desk, 3 seeds" }));
  const shown = found.filter(({ evaluation }) => evaluation !== "pretraining images").length;
  strictEqual(count("point"), shown * seeds);
  strictEqual(count("tick"), shown);
  for (const text of ["gain, percentage points", "desk, 3 seeds", "SimCLR", "(contrastive)"]) {
    ok(svg.includes(text), text);
  }
});

Deno.test("the figure of one seed has points and no interval", async () => {
  const single = gains(rows.filter(({ seed }) => seed === 1));
  const { svg, count } = await draw(perMethodGains(single));
  strictEqual(count("point"), trained * 3 * 2); // methods x evaluations x probes
  ok(!/NaN|Infinity/.test(svg));
});

Deno.test("the table has a row a gain, and the verdict where one is drawn", () => {
  const table = perMethodGainsTable(found, claims(found, design)).objects() as Record<
    string,
    unknown
  >[];
  strictEqual(table.length, found.length);
  for (const row of table) {
    strictEqual(row["p (Holm)"] === null, row.verdict === "not judged");
    const judged = row.probe === "linear" && row.evaluation !== "pretraining images";
    strictEqual(row.verdict !== "not judged", judged);
  }
  match(String(table[0]["gain, points"]), /^\d+(\.\d{1,2})?$/);
});

Deno.test("the table of levels has the floor and both arms", () => {
  const table = accuracyTable(rows).objects() as Record<string, unknown>[];
  strictEqual(table.length, 2 * (1 + 2 * trained)); // probes x (untrained + methods x arms)
  const floor = table.find(({ method, probe }) => method === "untrained" && probe === "linear")!;
  deepStrictEqual([floor.arm, floor["held-out artists"]], ["untrained", 20]);
});

Deno.test("learning curves have a line a run", async () => {
  const { svg, count } = await draw(learningCurves(losses(runs)));
  strictEqual(count("line mark"), 2 * trained * seeds);
  ok(svg.includes("Barlow Twins"));
});

Deno.test("the figure of trials has a line an arm and a point a trial in each panel", async () => {
  const trials = ["augmented", "semantic"].flatMap((arm) =>
    [0.01, 0.1].map((learningRate) => ({
      ...{ method: "simclr", views: "weak", loss: 1, key: `${arm} ${learningRate}`, cell: "" },
      ...{ arm: arm as "augmented" | "semantic", learningRate, validation: 0.2 },
    }))
  );
  const floor = { ...trials[0], method: "random", arm: "untrained" as const, validation: 0.1 };
  const { svg, count } = await draw(tuning([floor, ...trials]));
  strictEqual(count("rule mark container"), 1);
  strictEqual(count("line mark"), 2);
  strictEqual(count("point"), 4);
  ok(svg.includes("weak views") && svg.includes("SimCLR"));
});
