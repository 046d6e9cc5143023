/**
 * Notebook files (.ipynb, nbformat 4.5): read, put in one form, written.
 *
 * Written bytes depend on the content alone: keys sorted, one space of indentation, text as lists of
 * lines, as Jupyter's own writer has it, so that a notebook saved by JupyterLab gives a small diff.
 *
 * @see https://nbformat.readthedocs.io/en/latest/format_description.html
 */
import type { ICell, ICodeCell, INotebookContent, IOutput } from "@jupyterlab/nbformat";
import { join } from "@std/path";
import { writeAtomic } from "../base/files.ts";
import { sha256 } from "../base/hash.ts";
import { messageOf, Problem } from "../base/problem.ts";

export type { ICell as Cell, INotebookContent as Notebook, IOutput as Output };

/** A code cell that is not empty, with its place among all cells of the notebook, from 1. */
export interface CodeCell {
  number: number;
  source: string;
  tags: string[];
}

/** The paths of the notebooks in a folder, in the order of their names. */
export async function notebooksIn(folder: string): Promise<string[]> {
  const names = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
  return names.filter((name) => name.endsWith(".ipynb")).sort().map((name) => join(folder, name));
}

/**
 * Reads a notebook for the Deno kernel.
 *
 * @throws Problem when the file is missing, no notebook, or one for another kernel
 */
export async function readNotebook(path: string): Promise<INotebookContent> {
  let notebook: INotebookContent;
  try {
    notebook = JSON.parse(await Deno.readTextFile(path));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw new Problem(`${path}: no such notebook`);
    throw new Problem(`${path} is no notebook: ${messageOf(error)}`);
  }
  const fault = faultOf(notebook);
  if (fault) throw new Problem(`${path} is no notebook that can be run here: ${fault}`);
  return notebook;
}

function faultOf(notebook: INotebookContent): string | undefined {
  if (notebook?.nbformat !== 4) {
    return "it is not JSON with nbformat 4 (save it with Jupyter again)";
  }
  if (!Array.isArray(notebook.cells)) return "it has no list of cells";
  const bad = notebook.cells.findIndex(({ cell_type, source }) =>
    typeof cell_type !== "string" || (typeof source !== "string" && !Array.isArray(source))
  );
  if (bad >= 0) return `cell ${bad + 1} has no type or no source`;
  const kernel = notebook.metadata?.kernelspec?.name ?? "deno";
  if (kernel !== "deno") return `its kernel is "${kernel}", not "deno"`;
}

/** The cells that run, in order. */
export function codeCells(notebook: INotebookContent): CodeCell[] {
  return notebook.cells.flatMap((cell, i) => {
    const source = textOf(cell.source);
    const tags = cell.metadata?.tags as string[] ?? [];
    const runs = cell.cell_type === "code" && source.trim() !== "";
    return runs ? [{ number: i + 1, source, tags }] : [];
  });
}

/**
 * The same notebook with these outputs and nothing that differs from run to run: no execution times,
 * no kernel version; every cell with an id. Code cells are counted in order.
 *
 * @param outputs by cell number; a code cell without any was not run
 */
export function withOutputs(
  notebook: INotebookContent,
  outputs: Map<number, IOutput[]>,
): INotebookContent {
  const ran = [...outputs.keys()].sort((a, b) => a - b);
  const cells = notebook.cells.map((cell, i): ICell => {
    const { execution: _, ExecuteTime: __, ...metadata } = cell.metadata ?? {};
    const common = {
      ...cell,
      id: cell.id ?? sha256(`${i} ${textOf(cell.source)}`).slice(0, 8),
      metadata,
      source: textOf(cell.source),
    };
    if (cell.cell_type !== "code") return common;
    const count = ran.indexOf(i + 1) + 1 || null;
    const own = (outputs.get(i + 1) ?? []).map((output) =>
      output.output_type === "execute_result" ? { ...output, execution_count: count } : output
    );
    return { ...common, execution_count: count, outputs: own } as ICodeCell;
  });
  return {
    ...notebook,
    cells,
    metadata: {
      ...notebook.metadata,
      kernelspec: { display_name: "Deno", language: "typescript", name: "deno" },
      language_info: {
        name: "typescript",
        file_extension: ".ts",
        mimetype: "text/x.typescript",
        codemirror_mode: "typescript",
        pygments_lexer: "typescript",
        nbconvert_exporter: "script",
      },
    },
    nbformat: 4,
    nbformat_minor: Math.max(5, notebook.nbformat_minor ?? 0),
  };
}

/** Writes a notebook whole or not at all. */
export async function writeNotebook(path: string, notebook: INotebookContent): Promise<void> {
  await writeAtomic(path, formatNotebook(notebook));
}

/** The text of a notebook's file. */
export function formatNotebook(notebook: INotebookContent): string {
  const cells = notebook.cells.map((cell) => ({
    ...cell,
    source: linesOf(textOf(cell.source)),
    ...(Array.isArray(cell.outputs) && { outputs: (cell.outputs as IOutput[]).map(outputForm) }),
  }));
  return JSON.stringify(sortKeys({ ...notebook, cells }), null, 1) + "\n";
}

function outputForm(output: IOutput): unknown {
  if (output.output_type === "stream") return { ...output, text: linesOf(textOf(output.text)) };
  if (!output.data) return output;
  const data = Object.entries(output.data).map(([type, value]) => {
    const isText = type.startsWith("text/") || type === "image/svg+xml";
    return [type, isText ? linesOf(textOf(value)) : value];
  });
  return { ...output, data: Object.fromEntries(data) };
}

/** Text, of nbformat's list of lines or a string. */
export function textOf(text: unknown): string {
  return Array.isArray(text) ? text.join("") : String(text);
}

const linesOf = (text: string): string[] => text.match(/[^\n]*\n|[^\n]+$/g) ?? [];

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1);
  return Object.fromEntries(entries.map(([key, item]) => [key, sortKeys(item)]));
}
