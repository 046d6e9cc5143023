import { ok, strictEqual } from "node:assert/strict";
import { tables } from "../tables.ts";

/** Formatting pads cells: what counts is the words and numbers. */
const bare = (text: string) => text.replaceAll(/[\s|:-]+/g, " ");

Deno.test("the tables in README and in results/bench are those of the committed results", async () => {
  const made = Object.entries(await tables());
  strictEqual(made.length, 2);
  for (const [path, text] of made) {
    const committed = await Deno.readTextFile(path).catch(() => "");
    ok(
      bare(committed) === bare(text),
      `${path} is not what the results say: deno task bench tables`,
    );
  }
});
