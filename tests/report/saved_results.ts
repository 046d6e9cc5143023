/** A folder of results and of notebooks, as a study leaves them. */
import { join } from "@std/path";
import { saveFigure } from "../../lib/notebook/render.ts";
import { notebookJson, withFolder } from "../notebook/fixture.ts";

/** A bar for each row. */
export const spec = (title: string) => ({
  $schema: "https://vega.github.io/schema/vega-lite/v6.json",
  title,
  data: { values: [{ method: "a", gain: 1 }, { method: "b", gain: 2 }] },
  mark: "bar" as const,
  encoding: {
    x: { field: "method", type: "nominal" as const },
    y: { field: "gain", type: "quantitative" as const },
  },
});

/** What a class or a method might be called by somebody who means harm. */
export const hostile = `</script><img src=x onerror="document.title='hacked'">`;

/** Calls the test with such folders, of one notebook with figures of two profiles and one without. */
export async function withResults(
  test: (folders: { results: string; notebooks: string }) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    const [results, notebooks] = [join(folder, "results"), join(folder, "notebooks")];
    await Deno.mkdir(notebooks, { recursive: true });
    const text = {
      markdown: "# Gains\n\n**Claim.** See [03](03-transfer.ipynb) and [a paper](https://x.org).",
    };
    await Deno.writeTextFile(join(notebooks, "02-gains.ipynb"), notebookJson([text, "1"]));
    await Deno.writeTextFile(join(notebooks, "03-none.ipynb"), notebookJson(["1"]));
    const rows = [{ method: hostile, gain: 2 }, { method: "b", gain: 10 }, {
      method: "c",
      gain: 1,
    }];
    const figures = join(results, "figures", "02-gains");
    await saveFigure(figures, "gains", spec(`Gains ${hostile}`), rows);
    await saveFigure(join(figures, "photos"), "gains", spec("Photographs"), rows);
    await Deno.writeTextFile(join(results, "claims.json"), JSON.stringify({ desk: {} }));
    await test({ results, notebooks });
  });
}
