/**
 * The pictures of pages that README shows, made in a real browser: deno run -A tests/screenshots.ts
 *
 * The report has to be there (`deno task reproduce`); the curation page is that of the emoji scenes of
 * `study.exampleFolder`, mined by a backbone that is trained on them first.
 */
import { join } from "@std/path";
import { pathToFileURL } from "node:url";
import { checkout } from "../lib/base/files.ts";
import { consoleProgress } from "../lib/base/progress.ts";
import { imageFolder } from "../lib/datasets/image_folder.ts";
import { exampleFolder } from "../lib/study/own_images.ts";
import { serveCuration } from "../lib/tasks/pairs_curate.ts";
import { mineAndWrite } from "../lib/tasks/pairs_mine.ts";
import { withBrowser } from "./chromium.ts";

const figures = join(checkout, "results", "figures");

async function curation(): Promise<void> {
  const folder = await exampleFolder(consoleProgress("scenes"));
  const dataset = await imageFolder(folder, { size: 32 }), out = await Deno.makeTempDir();
  const common = { name: folder, split: "train", out };
  await mineAndWrite(dataset, {
    ...{ command: "mine", ...common, size: 32, steps: 600, rule: { name: "mutual", k: 10 } },
    options: { seed: 1 },
  });
  await using served = await serveCuration(dataset, { ...common, port: 0, seed: 3 });
  await withBrowser(async (browser) => {
    const page = await browser.newPage({ viewport: { width: 1100, height: 760 } });
    await page.goto(served.url);
    for (let decided = 1; decided <= 30; decided++) {
      await page.waitForFunction(
        (text) => document.querySelector("#progress")?.textContent?.includes(text),
        `: ${decided - 1} of `,
      );
      const caption = await page.locator("#anchor figcaption").textContent();
      const current = page.locator('#candidates li[aria-current="true"] small');
      const [kind] = caption!.split(":");
      await page.keyboard.press((await current.textContent())!.includes(kind) ? "a" : "r");
    }
    await page.waitForTimeout(500);
    await page.screenshot({ path: join(figures, "curation.png") });
  });
  await Deno.remove(out, { recursive: true });
}

async function report(): Promise<void> {
  await withBrowser(async (browser) => {
    const page = await browser.newPage({ viewport: { width: 1100, height: 900 } });
    await page.goto(pathToFileURL(join(checkout, "results", "report", "index.html")).href);
    await page.waitForSelector("html[data-drawn]");
    await page.waitForTimeout(500);
    await page.screenshot({ path: join(figures, "report.png") });
  });
}

await curation();
if (Deno.args[0] !== "curation") await report();
