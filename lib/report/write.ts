/** Writes the report: `results/report/index.html`. */
import { join } from "@std/path";
import { checkout, writeAtomic } from "../base/files.ts";
import { Problem } from "../base/problem.ts";
import { contentsOf } from "./contents.ts";
import { page } from "./page.ts";

/**
 * Writes the page of a folder of results into its `report/index.html`.
 *
 * @returns its path
 * @throws {Problem} where a saved figure is damaged, or the script cannot be bundled
 */
export async function writeReport(
  { results = join(checkout, "results"), notebooks = join(checkout, "notebooks") } = {},
): Promise<string> {
  const contents = await contentsOf({ results, notebooks });
  const style = await Deno.readTextFile(new URL("./style.css", import.meta.url));
  const path = join(results, "report", "index.html");
  await writeAtomic(path, page(contents, { style, script: await bundledClient() }));
  return path;
}

/** `client.ts` with all that it imports, as one script for browsers. */
async function bundledClient(): Promise<string> {
  const folder = await Deno.makeTempDir();
  const output = join(folder, "client.js"), source = join(import.meta.dirname!, "client.ts");
  try {
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["bundle", "--quiet", "--platform=browser", "--minify", "-o", output, source],
      cwd: checkout,
    }).output();
    if (success) return await Deno.readTextFile(output);
    throw new Problem(`the report's script cannot be bundled: ${new TextDecoder().decode(stderr)}`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
