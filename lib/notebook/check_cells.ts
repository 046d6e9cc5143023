/** Checks of notebooks that need no kernel: types, lint, formatting and the house's rules. */
import { basename, join } from "@std/path";
import { fileURLToPath } from "node:url";
import { checkout } from "../base/files.ts";
import { type CellModule, moduleOf } from "./cells.ts";
import { type CodeCell, codeCells, readNotebook } from "./notebook_file.ts";

const LONGEST = 15; // lines of a cell; code that wants more belongs in lib/
const config = join(checkout, "deno.json");

/** A notebook's code, and the file that holds it while it is checked. */
interface Checked {
  name: string;
  cells: CodeCell[];
  module: CellModule;
  file: string;
}

/**
 * Checks notebooks.
 *
 * @param paths the notebooks
 * @param code files and folders whose types are checked with them
 * @returns the faults, a text each, in terms of the notebooks' cells and lines
 */
export async function checkNotebooks(paths: string[], code: string[] = []): Promise<string[]> {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "cells-" }));
  try {
    const notebooks = await Promise.all(paths.map(async (path, i): Promise<Checked> => {
      const notebook = await readNotebook(path);
      const module = moduleOf(notebook, path);
      const file = join(folder, `${i}.ts`);
      await Deno.writeTextFile(file, module.text);
      return { name: basename(path), cells: codeCells(notebook), module, file };
    }));
    return [
      ...notebooks.flatMap(houseFaults),
      ...await formatFaults(notebooks, folder),
      ...await lintFaults(notebooks),
      ...await typeFaults(notebooks, code),
    ];
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The cells of a notebook that is published, which nobody has run. */
export async function unrunCells(path: string): Promise<string[]> {
  const notebook = await readNotebook(path);
  return codeCells(notebook)
    .filter(({ number }) => typeof notebook.cells[number - 1].execution_count !== "number")
    .map(({ number }) => `${basename(path)} cell ${number}: not run, reproduce the notebook`);
}

function houseFaults({ name, cells }: Checked): string[] {
  return cells.flatMap(({ number, source }) => {
    const lines = source.trimEnd().split("\n");
    const unawaited = lines.flatMap((line, i) => /^\s*show\(/.test(line) ? [i + 1] : []);
    const tooLong = `${name} cell ${number}: ${lines.length} lines, at most ${LONGEST} are allowed`;
    return [
      ...(lines.length > LONGEST ? [tooLong] : []),
      ...unawaited.map((line) => `${name} cell ${number} line ${line}: show() without await`),
    ];
  });
}

/** Formats copies of the cells, and looks which have changed. */
async function formatFaults(notebooks: Checked[], folder: string): Promise<string[]> {
  const copies = notebooks.flatMap(({ name, cells }, i) =>
    cells.map((cell) => ({ ...cell, name, file: join(folder, `${i}-${cell.number}.ts`) }))
  );
  if (copies.length === 0) return [];
  for (const { file, source } of copies) await Deno.writeTextFile(file, source);
  await deno("fmt", "--quiet", "--config", config, ...copies.map(({ file }) => file));
  const lines = (text: string) => text.trimEnd().replace(/;$/, "").split("\n"); // a last `x` is shown
  const faults = await Promise.all(copies.map(async ({ name, number, source, file }) => {
    const formatted = lines(await Deno.readTextFile(file));
    const line = lines(source).findIndex((text, i) => text !== formatted[i]) + 1;
    if (line === 0) return [];
    return [
      `${name} cell ${number} line ${line}: not formatted, should be: ${formatted[line - 1]}`,
    ];
  }));
  return faults.flat();
}

/** What `deno lint --json` says, as far as it is read here. */
interface Lint {
  diagnostics: {
    filename: string;
    range: { start: { line: number } };
    message: string;
    code: string;
  }[];
}

async function lintFaults(notebooks: Checked[]): Promise<string[]> {
  if (notebooks.length === 0) return [];
  const files = notebooks.map(({ file }) => file);
  const { stdout } = await deno("lint", "--json", "--config", config, ...files);
  return (JSON.parse(stdout) as Lint).diagnostics.map(({ filename, range, message, code }) =>
    `${placeOf(notebooks, filename, range.start.line)}: ${message} (${code})`
  );
}

async function typeFaults(notebooks: Checked[], code: string[]): Promise<string[]> {
  const files = [...code, ...notebooks.map(({ file }) => file)];
  if (files.length === 0) return [];
  const { success, stderr } = await deno("check", "--quiet", "--config", config, ...files);
  if (success) return [];
  const text = stderr.replace(
    /(file:\/\/[^\s]+):(\d+):\d+/g,
    (place, url, line) => placeOf(notebooks, url, Number(line)) ?? place,
  );
  return [text.replace(/\n*Stack backtrace:[^]*$/, "").trim()];
}

function placeOf(notebooks: Checked[], url: string, line: number): string | undefined {
  return notebooks.find(({ file }) => file === fileURLToPath(url))?.module.place(line);
}

async function deno(...args: string[]) {
  const command = new Deno.Command(Deno.execPath(), {
    args,
    cwd: checkout,
    env: { NO_COLOR: "1" },
  });
  const { success, stdout, stderr } = await command.output();
  const decoder = new TextDecoder();
  return { success, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}
