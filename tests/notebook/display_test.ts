import { deepStrictEqual, match, rejects, strictEqual, throws } from "node:assert/strict";
import { Buffer } from "node:buffer";
import { from } from "arquero";
import sharp from "sharp";
import type { TopLevelSpec } from "vega-lite";
import { bundleOf, markdown, picture, textOf } from "../../lib/notebook/bundle.ts";
import { renderFigure, saveFigure } from "../../lib/notebook/render.ts";
import { runNotebook } from "../../lib/notebook/runner.ts";
import { withFolder, withImports, withNotebook } from "./fixture.ts";

const rows = [{ method: "SimCLR", gain: 4.25 }, { method: "<Barlow>", gain: -1 }];
const spec: TopLevelSpec = {
  $schema: "https://vega.github.io/schema/vega-lite/v6.json",
  title: "Gains",
  data: { values: rows },
  mark: { type: "bar", clip: true },
  encoding: {
    x: { field: "gain", type: "quantitative" },
    y: { field: "method", type: "nominal" },
  },
};
const display = new URL("../../lib/notebook/display.ts", import.meta.url).href;
const notebookOf = async (path: string) => JSON.parse(await Deno.readTextFile(path));

Deno.test("a figure's SVG does not depend on what was rendered before", async () => {
  const [first, second] = [await renderFigure(spec), await renderFigure(spec)];
  strictEqual(first.svg, second.svg);
  deepStrictEqual(first.png, second.png);
  match(first.svg, /id="clip1"/);
  const fonts = [...first.svg.matchAll(/font-family="([^"]*)"/g)].map(([, font]) => font);
  deepStrictEqual([...new Set(fonts)], ["sans-serif"]);
});

Deno.test("figures rendered at the same time are those rendered in turn", async () => {
  const alone = (await renderFigure(spec)).svg;
  const together = await Promise.all(Array.from({ length: 4 }, () => renderFigure(spec)));
  deepStrictEqual(together.map(({ svg }) => svg), Array(4).fill(alone));
});

Deno.test("a figure's PNG has two pixels a unit", async () => {
  const { svg, png } = await renderFigure(spec);
  const [, width, height] = /width="(\d+)" height="(\d+)"/.exec(svg)!;
  const size = await sharp(png).metadata();
  deepStrictEqual([size.width, size.height], [2 * Number(width), 2 * Number(height)]);
});

Deno.test("a spec that does not compile is a Problem", async () => {
  const broken = { ...spec, mark: "no such mark" } as unknown as TopLevelSpec;
  await rejects(renderFigure(broken), { name: "Problem", message: /cannot be rendered/ });
});

Deno.test("a figure is saved in four forms", async () => {
  await withFolder(async (folder) => {
    await saveFigure(folder, "gains", spec, rows);
    const read = (ending: string) => Deno.readTextFile(`${folder}/gains.${ending}`);
    deepStrictEqual(JSON.parse(await read("vl.json")), spec);
    strictEqual(await read("svg"), (await renderFigure(spec)).svg + "\n");
    strictEqual(await read("csv"), "method,gain\nSimCLR,4.25\n<Barlow>,-1\n");
    deepStrictEqual([...Deno.readDirSync(folder)].length, 4);
    await saveFigure(folder, "gains", spec, from(rows));
    strictEqual(await read("csv"), "method,gain\nSimCLR,4.25\n<Barlow>,-1\n");
  });
});

Deno.test("a figure's bundle has the plot, pictures and a text", async () => {
  const bundle = await bundleOf(spec);
  const plot = bundle["application/vnd.vegalite.v5+json"] as TopLevelSpec;
  deepStrictEqual({ ...plot, $schema: spec.$schema }, spec);
  match(plot.$schema!, /v5/);
  match(String(bundle["image/svg+xml"]), /^<svg/);
  strictEqual(Buffer.from(String(bundle["image/png"]), "base64").toString("latin1", 1, 4), "PNG");
  strictEqual(bundle["text/plain"], "[figure: Gains]");
});

Deno.test("records and Arquero tables are the same table", async () => {
  const bundle = await bundleOf(rows);
  deepStrictEqual(await bundleOf(from(rows)), bundle);
  match(String(bundle["text/html"]), /<td[^>]*>&lt;Barlow&gt;<\/td>/);
  strictEqual(bundle["text/plain"], "|method|gain|\n|:-|-:|\n|SimCLR|4.25|\n|<Barlow>|-1.00|");
  strictEqual(
    textOf({ n: 3, engine: "native" }),
    textOf([
      { field: "n", value: 3 },
      { field: "engine", value: "native" },
    ]),
  );
});

Deno.test("what is no table is text", async () => {
  deepStrictEqual(await bundleOf("a b"), { "text/plain": "a b" });
  deepStrictEqual(await bundleOf([1, 2]), { "text/plain": "[ 1, 2 ]" });
  deepStrictEqual(await bundleOf([]), { "text/plain": "[]" });
  deepStrictEqual(await bundleOf(null), { "text/plain": "null" });
});

Deno.test("Markdown and pictures", async () => {
  deepStrictEqual(await bundleOf(markdown("**a**")), {
    "text/markdown": "**a**",
    "text/plain": "**a**",
  });
  const { png } = await renderFigure(spec);
  const bundle = await bundleOf(picture(png, { alt: "bars" }));
  strictEqual(bundle["image/png"], Buffer.from(png).toString("base64"));
  strictEqual(bundle["text/plain"], "[picture: bars]");
  throws(() => picture(new Uint8Array(3), { alt: "bars" }), /bars.*PNG/);
});

Deno.test("in a notebook, show displays in the middle of a cell and a value at its end", async () => {
  const cells = [
    `import { markdown, show } from "${display}";`,
    `await show("a");\nawait show(${JSON.stringify(spec)});\nmarkdown("# b")`,
  ];
  await withNotebook(cells, async (path, folder) => {
    await withImports(folder);
    const report = await runNotebook(path);
    strictEqual(report.failure, undefined);
    const first = await Deno.readTextFile(path);
    const { outputs } = JSON.parse(first).cells[1];
    deepStrictEqual(outputs.map((o: { data: object }) => Object.keys(o.data)), [
      ["text/plain"],
      ["application/vnd.vegalite.v5+json", "image/png", "image/svg+xml", "text/plain"],
      ["text/markdown", "text/plain"],
    ]);
    await runNotebook(path);
    strictEqual(await Deno.readTextFile(path), first);
  });
});

Deno.test("progress in a notebook reaches the runner, and leaves no output", async () => {
  const cells = [
    `import { progressFor } from "${display}";`,
    `const progress = progressFor("pretraining");
progress(0, 10, "loss 5");
for (let i = 1; i < 10; i++) progress(i, 10);
progress(10, 10, "loss 4");
console.log("done");`,
  ];
  await withNotebook(cells, async (path, folder) => {
    await withImports(folder);
    const reports: unknown[] = [];
    await runNotebook(path, {
      progress: (label) => (...report) => reports.push([label, ...report]),
    });
    deepStrictEqual(reports[0], ["pretraining", 0, 10, "loss 5"]);
    deepStrictEqual(reports.at(-1), ["pretraining", 10, 10, "loss 4"]);
    const { outputs } = (await notebookOf(path)).cells[1];
    deepStrictEqual(outputs, [{ name: "stdout", output_type: "stream", text: ["done\n"] }]);
  });
});

Deno.test("outside of a notebook, show prints text", async () => {
  const config = new URL("../../deno.json", import.meta.url).pathname;
  const code = `import { markdown, show } from "${display}";
    await show(${JSON.stringify(spec)}); await show(markdown("*b*")); await show([1]);`;
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--config", config, code],
    env: { NO_COLOR: "1" },
  }).output();
  strictEqual(new TextDecoder().decode(stdout), "[figure: Gains]\n*b*\n[ 1 ]\n");
});
