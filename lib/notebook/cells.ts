/**
 * A notebook's code as one module, so that the tools for modules (types, lint) can check what the
 * kernel never does, and their places in it as places in the notebook.
 */
import { basename, dirname, resolve } from "@std/path";
import { pathToFileURL } from "node:url";
import { codeCells, type Notebook } from "./notebook_file.ts";

/** The code cells of a notebook, joined. */
export interface CellModule {
  text: string;
  /** `notebook.ipynb cell 3 line 2` for a line of the text, from 1. */
  place(line: number): string;
}

/**
 * The module of a notebook.
 *
 * @param path the notebook's path; relative imports are taken from its folder
 */
export function moduleOf(notebook: Notebook, path: string): CellModule {
  const base = pathToFileURL(dirname(resolve(path)) + "/");
  const lines = codeCells(notebook).flatMap(({ number, source }) =>
    source.split("\n").map((text, i) => ({ text, cell: number, line: i + 1 }))
  );
  const text = lines.map(({ text }) => text).join("\n") + "\n";
  return {
    text: text.replace(
      /(\bfrom\s*|\bimport\s*\(?\s*)(["'])(\.\.?\/[^"']*)\2/g,
      (_, before, quote, specifier) => before + quote + new URL(specifier, base) + quote,
    ),
    place: (number) => {
      const { cell, line } = lines[Math.min(number, lines.length) - 1] ?? { cell: 1, line: 1 };
      return `${basename(path)} cell ${cell} line ${line}`;
    },
  };
}
