import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { join } from "@std/path";
import type { Page } from "playwright-core";
import { writeCandidates } from "../../lib/mining/candidate_file.ts";
import { curated } from "../../lib/pairs/curated.ts";
import { serveCuration } from "../../lib/tasks/pairs_curate.ts";
import { browserPath, withBrowser } from "../chromium.ts";
import { inFolder } from "../in_folder.ts";
import { candidates, strange } from "./strange_images.ts";

const options = { name: "strange", split: "train", port: 0, seed: 1 };

const progress = (page: Page) => page.locator("#progress").textContent();

/** Presses a key, and waits until so many pairs are decided. */
async function press(page: Page, key: string, decided: number): Promise<void> {
  await page.keyboard.press(key);
  await page.waitForFunction(
    (text) => document.querySelector("#progress")!.textContent!.includes(text),
    `: ${decided} of 6 pairs decided`,
  );
}

Deno.test({
  name: "curation page: keys, undo, two tabs, a server that ends; names are text, nothing is lost",
  ignore: !browserPath,
  // The browser's pipes close after the test's last await.
  sanitizeOps: false,
  sanitizeResources: false,
  fn: () =>
    inFolder(async (out) => {
      await writeCandidates(
        join(out, "strange.candidates.parquet"),
        { candidates, mined: "by hand" },
        strange,
      );
      await withBrowser(async (browser) => {
        const errors: string[] = [], requests: string[] = [];
        const opened = async (url: string) => {
          const page = await browser.newPage({ viewport: { width: 390, height: 800 } });
          page.on(
            "console",
            (message) => message.type() === "error" && errors.push(message.text()),
          );
          page.on("pageerror", (error) => errors.push(error.message));
          page.on("request", (request) => requests.push(request.url()));
          await page.goto(url);
          await page.waitForSelector("#candidates li");
          return page;
        };
        let port: number;
        {
          await using served = await serveCuration(strange, { ...options, out });
          port = Number(new URL(served.url).port);
          const [page, tab] = [await opened(served.url), await opened(served.url)];
          await press(page, "a", 1);
          await press(page, "r", 2);
          await press(page, "u", 1);
          await press(page, "s", 2);
          ok((await progress(page))!.includes("1 accepted, 0 rejected, 1 skipped"));

          // The other tab still shows the first pair: it decides it anew, and sees what is known.
          await press(tab, "r", 2);
          ok((await progress(tab))!.includes("0 accepted, 1 rejected, 1 skipped"));
          ok((await tab.locator("#precision").textContent())!.startsWith("Precision 0 %"));

          await page.selectOption("#classes", "dog");
          await page.waitForFunction(() =>
            document.querySelector("#anchor figcaption")!.textContent!.startsWith("dog: ")
          );
          const texts = await page.locator("small, figcaption").allTextContents();
          ok(texts.some((text) => /[<=/]|two\nlines/.test(text.slice(5))), texts.join("; "));
          strictEqual(await page.locator("small img, small script, figcaption *").count(), 0);
          strictEqual(await page.title(), "Curate pairs");
          const drawn = await page.$$eval(
            "#candidates img",
            (images) => images.map((image) => (image as HTMLImageElement).naturalWidth),
          );
          ok(drawn.every((width) => width === 8), `${drawn}`);
          const width = await page.evaluate(() => document.documentElement.scrollWidth);
          ok(width <= 390, `a phone would have to scroll sideways: ${width} px`);
          await tab.close();
          deepStrictEqual(errors, []);
        }
        // The server has gone: the page says that nothing is stored; a new one knows all decisions.
        const [page] = browser.contexts().flatMap((context) => context.pages());
        await page.keyboard.press("a");
        await page.waitForSelector("#problem:not([hidden])");
        ok((await page.locator("#problem").textContent())!.startsWith("Not stored: "));
        await page.close();
        errors.length = 0;

        await using again = await serveCuration(strange, { ...options, out });
        const next = await opened(again.url);
        ok((await progress(next))!.includes(": 2 of 6 pairs decided, 0 accepted, 1 rejected"));
        for (let decided = 3; decided <= 6; decided++) await press(next, "a", decided);
        await next.waitForSelector("#done:not([hidden])");
        const { semantic } = await curated(again.list, strange, { allow: ["across classes"] });
        strictEqual(semantic.anchors.length, 2 * 4);
        deepStrictEqual(errors, []);
        const origins = new Set(requests.map((url) => new URL(url).hostname));
        deepStrictEqual([...origins], ["127.0.0.1"]);
        ok(port > 0);
      });
    }),
});
