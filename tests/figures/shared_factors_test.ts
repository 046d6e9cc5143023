import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { sharedFactors, sharedFactorsTable } from "../../lib/figures/shared_factors.ts";
import { renderFigure } from "../../lib/notebook/render.ts";
import { factorTable } from "../../lib/pairs/factor_table.ts";
import { match } from "../../lib/pairs/match.ts";
import { toyDataset } from "../pairs/toy_dataset.ts";

const data = toyDataset([12, 12, 12], { artists: 3 });
const rows = factorTable(data, match(data, { pairsPerClass: 12, seed: 1 }));

Deno.test("sharedFactors: a point, an interval and the tick of chance for each factor and arm", async () => {
  const { svg } = await renderFigure(sharedFactors(rows, { subtitle: "toys" }));
  for (const text of ["toys", "artist", "augmented", "semantic", "percent"]) ok(svg.includes(text));
  strictEqual(svg.match(/aria-roledescription="point"/g)?.length, 2);
  strictEqual(svg.match(/aria-roledescription="rule mark"/g)?.length, 2);
  strictEqual(svg.match(/aria-roledescription="tick"/g)?.length, 2);
});

Deno.test("sharedFactorsTable: percents, a factor a row", () => {
  const [{ factor, pairs, ...row }] = sharedFactorsTable(rows).objects() as Record<
    string,
    number
  >[];
  deepStrictEqual([factor, pairs], ["artist", 36]);
  strictEqual(row["augmented, %"], 100);
  strictEqual(row["chance, %"], 27.3); // 3 of the 11 other images of the class
  ok(row.low < row["semantic, %"] && row["semantic, %"] < row.high);
});
