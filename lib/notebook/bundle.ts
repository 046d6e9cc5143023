/**
 * Values as MIME bundles: the same content in several forms, of which every front end shows the
 * richest one it knows (JupyterLab and VS Code the interactive plot, GitHub the picture, a terminal
 * the text).
 */
import { Buffer } from "node:buffer";
import { type ColumnTable, from } from "arquero";
import type { TopLevelSpec } from "vega-lite";
import { Problem } from "../base/problem.ts";
import { renderFigure } from "./render.ts";

/** Content by MIME type. */
export type Bundle = Record<string, unknown>;

/** What the Deno kernel asks a cell's last value for. */
export const $display: unique symbol = Symbol.for("Jupyter.display");

/** A value that knows how it is shown. */
export interface Displayable {
  [$display](): Bundle | Promise<Bundle>;
}

const ROWS = 100; // a notebook is no place for longer tables

/** Any value as a bundle: figures, tables, records, displayables; the rest is inspected. */
export async function bundleOf(value: unknown): Promise<Bundle> {
  if (isDisplayable(value)) return await value[$display]();
  if (isFigure(value)) return await figureBundle(value);
  const table = tableOf(value);
  const text = { "text/plain": textOf(value) };
  return table ? { "text/html": table.toHTML({ limit: ROWS, null: () => "" }), ...text } : text;
}

/** Any value as text, without rendering it. */
export function textOf(value: unknown): string {
  if (isFigure(value)) return `[figure: ${titleOf(value)}]`;
  const table = tableOf(value);
  if (table) return table.toMarkdown({ limit: ROWS }).trimEnd();
  return typeof value === "string" ? value : Deno.inspect(value);
}

/** Text in Markdown. */
export function markdown(text: string): Displayable {
  return { [$display]: () => ({ "text/markdown": text, "text/plain": text }) };
}

/**
 * A picture from the bytes of a PNG file.
 *
 * @param alt what is to be seen, for those who cannot
 */
export function picture(bytes: Uint8Array, { alt }: { alt: string }): Displayable {
  if (String.fromCharCode(...bytes.subarray(1, 4)) !== "PNG") {
    throw new Problem(`picture "${alt}": the bytes are not those of a PNG file`);
  }
  const png = Buffer.from(bytes).toString("base64");
  return { [$display]: () => ({ "image/png": png, "text/plain": `[picture: ${alt}]` }) };
}

/** Whether a value brings its own bundle. */
export function isDisplayable(value: unknown): value is Displayable {
  return typeof (value as Displayable | null)?.[$display] === "function";
}

/** The plot under the newest name that editors have a renderer for, and as pictures. */
async function figureBundle(spec: TopLevelSpec): Promise<Bundle> {
  const { svg, png } = await renderFigure(spec);
  return {
    "application/vnd.vegalite.v5+json": {
      ...spec,
      $schema: "https://vega.github.io/schema/vega-lite/v5.json",
    },
    "image/svg+xml": svg,
    "image/png": Buffer.from(png).toString("base64"),
    "text/plain": textOf(spec),
  };
}

function isFigure(value: unknown): value is TopLevelSpec {
  return String((value as TopLevelSpec | null)?.$schema).includes("/vega-lite/");
}

function titleOf({ title, description }: TopLevelSpec): string {
  const text = typeof title === "object" && title !== null && "text" in title ? title.text : title;
  return Array.isArray(text) ? text.join(" ") : String(text ?? description ?? "untitled");
}

/** An Arquero table of rows; of one record, a row a field. */
function tableOf(value: unknown): ColumnTable | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if ("toHTML" in value && "toMarkdown" in value) return value as ColumnTable;
  if (Array.isArray(value)) {
    return value.length > 0 && value.every(isRecord) ? from(value) : undefined;
  }
  if (!isRecord(value) || Object.keys(value).length === 0) return undefined;
  return from(Object.entries(value).map(([field, content]) => ({ field, value: content })));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null &&
    Object.getPrototypeOf(value) === Object.prototype;
}
