import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import sharp from "sharp";
import { parse, View } from "vega";
import { compile, type TopLevelSpec } from "vega-lite";
import {
  armCurves,
  armDifferences,
  armDifferencesTable,
  armLevels,
  foundObjects,
  kindsOfViews,
} from "../../lib/figures/index.ts";
import { judge } from "../../lib/study/claims.ts";
import { compareArms, type Observation } from "../../lib/study/comparison.ts";
import { detectionHypotheses } from "../../lib/study/hypotheses.ts";
import { flips, simclr, weak } from "../../lib/views/policy.ts";
import { toyDataset } from "../pairs/toy_dataset.ts";

const rows: Observation[] = ["frozen", "finetuned"].flatMap((subject) =>
  ["AP", "AP50"].flatMap((measure) =>
    [1, 2, 3].flatMap((seed) =>
      (["untrained", "augmented", "semantic"] as const).map((arm, level) => ({
        ...{ method: "SimCLR", family: "contrastive" as const, arm, seed, subject, measure },
        value: 10 * level + seed + (arm === "semantic" ? seed * 0.1 : 0),
      }))
    )
  )
);
const found = compareArms(rows);
const layout = { panel: "subject", row: "measure" } as const;

/** The SVG of a spec, and how many marks of each kind it has. */
async function draw(spec: TopLevelSpec) {
  const view = new View(parse(compile(spec).spec));
  const svg = await view.toSVG().finally(() => view.finalize());
  ok(!/NaN|Infinity/.test(svg));
  return { svg, count: (kind: string) => svg.split(`aria-roledescription="${kind}"`).length - 1 };
}

Deno.test("differences: a point a seed, a tick and an interval a comparison, panels in order", async () => {
  const spec = armDifferences(found, { title: "t", x: "points of AP", layout, subtitle: "desk" });
  const { svg, count } = await draw(spec);
  strictEqual(count("point"), found.length * 3);
  strictEqual(count("tick"), found.length);
  for (const text of ["points of AP", "desk", "frozen", "finetuned", "AP50"]) {
    ok(svg.includes(text), text);
  }
});

Deno.test("differences of one seed have points and no interval", async () => {
  const single = compareArms(rows.filter(({ seed }) => seed === 1));
  const { count } = await draw(armDifferences(single, { title: "t", x: "x", layout }));
  strictEqual(count("point"), single.length);
});

Deno.test("the table of differences has every comparison, and verdicts where there are some", () => {
  const claims = judge(detectionHypotheses(found), { conclusive: true });
  const table = armDifferencesTable(found, claims).objects() as Record<string, unknown>[];
  deepStrictEqual(table.map(({ verdict }) => verdict), [
    ...["supported", "not judged", "supported", "not judged"],
  ]);
  strictEqual(table[0].untrained, 2);
  strictEqual(table[0].difference, 10.2);
});

Deno.test("levels: a point a seed and arm, a tick for their mean", async () => {
  const { count, svg } = await draw(armLevels(rows, { title: "t", x: "AP, percent", layout }));
  strictEqual(count("point"), rows.length);
  strictEqual(count("tick"), rows.length / 3);
  ok(svg.includes("untrained"));
});

Deno.test("curves: a line a seed and one for the mean of each arm, in each panel", async () => {
  const points = rows.filter(({ measure }) => measure === "AP").flatMap((row) =>
    [0, 1, 2].map((x) => ({ ...row, panel: row.subject, x, value: row.value - x }))
  );
  const numeric = await draw(armCurves(points, { title: "t", x: "strength", y: "percent" }));
  strictEqual(numeric.count("line mark"), 2 * (9 + 3));
  const named = points.map((row) => ({ ...row, x: ["full", "weak", "flips"][row.x] }));
  const { svg } = await draw(armCurves(named, { title: "t", x: "views", y: "percent" }));
  ok(
    svg.indexOf(">full<") < svg.indexOf(">weak<") && svg.indexOf(">weak<") < svg.indexOf(">flips<"),
  );
});

const pixels = new Uint8Array(3 * 256).fill(90); // no colour but those that are drawn
const box = { x: 2, y: 2, width: 8, height: 8, label: 0 };
const images = {
  ...toyDataset([2, 2]),
  classes: ["cat & dog", "a < b"],
  image: () => ({ data: pixels, height: 16, width: 16 }),
  boxes: (i: number) => i === 1 ? [] : [box], // one without objects
};

Deno.test("found objects: right ones are green, wrong ones red, and every image is drawn", async () => {
  const picture = (objects: (typeof box & { score: number })[]) =>
    foundObjects(images, [0, 1], [{ name: "semantic", objects: [objects, []] }]);
  const colours = async (png: Uint8Array) => {
    const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
    const is = (wanted: number[]) => {
      for (let p = 0; p < data.length; p += info.channels) {
        if (wanted.every((value, c) => Math.abs(data[p + c] - value) < 8)) return true;
      }
      return false;
    };
    return { green: is([0x27, 0xc9, 0x3f]), red: is([0xff, 0x3b, 0x30]) };
  };
  const right = await colours(await picture([{ ...box, score: 0.9 }]));
  deepStrictEqual(right, { green: true, red: false });
  const again = { ...box, x: 3, score: 0.5 }; // the object was found by a surer one
  deepStrictEqual(await colours(await picture([{ ...box, score: 0.9 }, again])), {
    ...{ green: true, red: true },
  });
  const otherClass = await colours(await picture([{ ...box, label: 1, score: 0.9 }]));
  deepStrictEqual(otherClass, { green: false, red: true });
  const elsewhere = await colours(await picture([{ ...box, x: 8, y: 8, score: 0.9 }]));
  deepStrictEqual(elsewhere, { green: false, red: true });
});

Deno.test("kinds of views: a row a kind, the same each time", async () => {
  const kinds = { full: simclr(16), weak: weak(16), flips: flips(16) };
  const sheet = await kindsOfViews(images, kinds, { images: 2, views: 3 });
  const { height } = await sharp(sheet).metadata();
  strictEqual(height, 8 + 3 * (64 + 4));
  deepStrictEqual(await kindsOfViews(images, kinds, { images: 2, views: 3 }), sheet);
});
