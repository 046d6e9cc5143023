/**
 * Vega-Lite specs as pictures. The same spec gives the same SVG on every machine: Vega estimates the
 * width of text instead of asking the system's fonts, and names no font but `sans-serif`.
 */
import { join } from "@std/path";
import { from } from "arquero";
import sharp from "sharp";
import { Error as errorsOnly, logger, parse, resetSVGDefIds, View } from "vega";
import { compile, type TopLevelSpec } from "vega-lite";
import { writeAtomic } from "../base/files.ts";
import { messageOf, Problem } from "../base/problem.ts";

/** Rows of a table: records, or an Arquero table. */
export type Rows = readonly object[] | { objects(): object[] };

/**
 * Renders a figure.
 *
 * @returns `svg`, and `png` at two pixels a unit
 * @throws Problem when the spec does not compile
 */
export async function renderFigure(
  spec: TopLevelSpec,
): Promise<{ svg: string; png: Uint8Array }> {
  const svg = await renderSvg(spec);
  const density = 2 * 72;
  const png = await sharp(new TextEncoder().encode(svg), { density }).png().toBuffer();
  return { svg, png: new Uint8Array(png) };
}

/** Vega numbers the ids of clips and gradients in one global count: figures wait their turn. */
let turn: Promise<unknown> = Promise.resolve();

function renderSvg(spec: TopLevelSpec): Promise<string> {
  const svg = turn.then(async () => {
    const own = structuredClone(spec); // Vega marks the rows it is given
    const view = new View(parse(compile(own, { logger: logger(errorsOnly) }).spec));
    resetSVGDefIds();
    return await view.toSVG().finally(() => view.finalize());
  });
  turn = svg.catch(() => {});
  return svg.catch((error) => {
    throw new Problem(`the figure's Vega-Lite spec cannot be rendered: ${messageOf(error)}`);
  });
}

/**
 * Writes `<name>.vl.json`, `.svg`, `.png` and `.csv` into a folder, each whole or not at all.
 *
 * @param folder e.g. `results/figures/02-per-method-gains`
 * @param rows the table behind the figure
 */
export async function saveFigure(
  folder: string,
  name: string,
  spec: TopLevelSpec,
  rows: Rows,
): Promise<void> {
  const { svg, png } = await renderFigure(spec);
  const table = from("objects" in rows ? rows.objects() : [...rows]);
  const path = join(folder, name);
  await writeAtomic(`${path}.vl.json`, JSON.stringify(spec, null, 2) + "\n");
  await writeAtomic(`${path}.svg`, svg + "\n");
  await writeAtomic(`${path}.png`, png);
  await writeAtomic(`${path}.csv`, table.toCSV().trimEnd() + "\n");
}
