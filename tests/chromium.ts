/** A real browser, where the system has one: Debian's chromium, Chrome, or what CHROMIUM names. */
import { exists } from "../lib/base/files.ts";
import { type Browser, chromium } from "playwright-core";

const places = [
  Deno.env.get("CHROMIUM"),
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

const found = await Promise.all(places.map(async (path) => path && await exists(path) ? path : ""));

/** Its program; undefined where there is none. */
export const browserPath: string | undefined = found.find(Boolean);

if (!browserPath) {
  console.error(
    "NO CHROMIUM FOUND: the tests of pages are skipped (apt install chromium, or CHROMIUM=…)",
  );
}

/** Calls the test with a browser of its own, without network services of its own. */
export async function withBrowser(test: (browser: Browser) => Promise<void>): Promise<void> {
  const browser = await chromium.launch({
    executablePath: browserPath,
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"],
  });
  try {
    await test(browser);
  } finally {
    await browser.close();
  }
}
