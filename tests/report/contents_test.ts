import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";
import { join } from "@std/path";
import { contentsOf } from "../../lib/report/contents.ts";
import { page } from "../../lib/report/page.ts";
import { writeReport } from "../../lib/report/write.ts";
import { hostile, withResults } from "./saved_results.ts";

Deno.test("contents: notebooks that have figures, with those of other profiles below them", async () => {
  await withResults(async (folders) => {
    const { sections, claims } = await contentsOf(folders);
    deepStrictEqual(sections.map(({ id, title }) => [id, title]), [["02-gains", "Gains"]]);
    const [{ figures, text }] = sections;
    deepStrictEqual(figures.map(({ id }) => id), ["02-gains-desk-gains", "02-gains-photos-gains"]);
    deepStrictEqual(figures[0].columns, ["method", "gain"]);
    deepStrictEqual(figures[0].rows[1], ["b", "10"]);
    match(text, /\*\*Claim\.\*\*/);
    ok(claims.every(({ summary }) => summary === "not tested yet"));
  });
});

Deno.test("contents: a damaged figure is named", async () => {
  await withResults(async (folders) => {
    const path = join(folders.results, "figures", "02-gains", "gains.vl.json");
    await Deno.writeTextFile(path, "{");
    await rejects(contentsOf(folders), /gains\.vl\.json cannot be read .*reproduce its notebook/);
  });
});

Deno.test("the report is one file, with the script that draws it", async () => {
  await withResults(async (folders) => {
    const path = await writeReport(folders);
    strictEqual(path, join(folders.results, "report", "index.html"));
    const html = await Deno.readTextFile(path);
    ok(html.includes("vega-embed") && html.length > 500_000, `${html.length}`);
    strictEqual(html.split("</script>").length - 1, 2);
  });
});

Deno.test("page: names are text whatever they are, and links to files that are not there are not", async () => {
  await withResults(async (folders) => {
    const html = page(await contentsOf(folders), { style: "p{}", script: "'</script>'" });
    ok(!html.includes(hostile) && !html.includes("<img"));
    ok(html.includes("&#60;/script&#62;"));
    strictEqual(html.split("</script>").length - 1, 2); // the specs' and the script's own ends
    ok(!html.includes("03-transfer.ipynb") && html.includes('href="https://x.org"'));
    ok(!/(src|href)="(?!#|https:\/\/x\.org)/.test(html), "nothing is loaded from elsewhere");
  });
});
