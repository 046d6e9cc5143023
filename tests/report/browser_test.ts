import { deepStrictEqual, notStrictEqual, ok, strictEqual } from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { writeReport } from "../../lib/report/write.ts";
import { browserPath, withBrowser } from "../chromium.ts";
import { withResults } from "./saved_results.ts";

Deno.test({
  name: "report: in a real browser every chart has marks, tables sort, dark is dark, no error",
  ignore: !browserPath,
  // The browser's pipes close after the test's last await.
  sanitizeOps: false,
  sanitizeResources: false,
  fn: () =>
    withResults(async (folders) => {
      const path = await writeReport(folders);
      await withBrowser(async (browser) => {
        const page = await browser.newPage({ viewport: { width: 390, height: 800 } });
        const errors: string[] = [], requests: string[] = [];
        page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
        page.on("pageerror", (error) => errors.push(error.message));
        page.on("request", (request) => requests.push(request.url()));
        await page.emulateMedia({ colorScheme: "light" });
        await page.goto(pathToFileURL(path).href);
        await page.waitForSelector("html[data-drawn='2']");

        const marks = await page.$$eval(
          ".chart",
          (charts) => charts.map((chart) => chart.querySelectorAll(".mark-rect path").length),
        );
        ok(marks.every((count) => count >= 2), `marks: ${marks}`);

        const table = page.locator("#\\30 2-gains table").first();
        await page.locator("#\\30 2-gains figure > details > summary").first().click();
        const gains = () => table.locator("tbody td:last-child").allTextContents();
        await table.locator("th button", { hasText: "gain" }).click();
        deepStrictEqual(await gains(), ["1", "2", "10"]); // by size, not by letters
        await table.locator("th button", { hasText: "gain" }).click();
        deepStrictEqual(await gains(), ["10", "2", "1"]);

        const background = () =>
          page.evaluate(() => getComputedStyle(document.body).backgroundColor);
        const light = await background();
        await page.locator("#scheme").click();
        await page.waitForSelector("html[data-scheme='dark'][data-drawn='2']");
        notStrictEqual(await background(), light);

        const width = await page.evaluate(() => document.documentElement.scrollWidth);
        ok(width <= 390, `a phone would have to scroll sideways: ${width} px`);
        strictEqual(await page.title(), "semantic-pairs: the report");
        deepStrictEqual(errors, []);
        ok(
          requests.every((url) => url.startsWith("file:") || url.startsWith("data:")),
          `${requests}`,
        );
      });
    }),
});
