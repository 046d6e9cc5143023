/**
 * Runs a notebook from its first cell to its last in a fresh kernel, and puts the outputs into the
 * file. A run that fails leaves the file as it was.
 */
import { basename, dirname, resolve } from "@std/path";
import { exists } from "../base/files.ts";
import { Problem } from "../base/problem.ts";
import type { Progress } from "../base/progress.ts";
import { type Failure, type Kernel, startKernel } from "./kernel.ts";
import type { Message } from "./messages.ts";
import * as file from "./notebook_file.ts";
import { outputsOf, progressOf } from "./outputs.ts";
import { withParameters } from "./parameters.ts";
import { syntaxFailure } from "./syntax.ts";

/** How a notebook is run. */
export interface RunOptions {
  /** Values of declared parameters, as JSON or plain text. */
  parameters?: Record<string, string>;
  /** Seconds after which a cell counts as never ending; none by default. */
  cellLimit?: number;
  /** Makes what shows the progress that cells report, by its label. */
  progress?: (label: string) => Progress;
  /** Told when a cell is over. */
  onCell?: (cell: CellReport) => void;
  /** Variables for the kernel, beside those of this process. */
  environment?: Record<string, string>;
  /** Where the notebook with its outputs goes; by default, where it came from. */
  output?: string;
  /** When aborted, the kernel is killed and the run rejects. */
  signal?: AbortSignal;
}

/** A cell that ran: its number counts all cells, from 1, as editors do. */
export interface CellReport {
  number: number;
  seconds: number;
}

/** How a run went. */
export interface NotebookReport {
  path: string;
  cells: CellReport[];
  seconds: number;
  /** The cell that ended the run, if one did. */
  failure?: Failure & { cell: file.CodeCell; stderr: string };
}

/**
 * Runs a notebook.
 *
 * @throws Problem when it cannot be run at all: no such file, no notebook, an unknown parameter, no
 *   kernel; or when its cells were edited while it ran
 *
 * @example
 * ```ts ignore
 * const report = await runNotebook("notebooks/02-gains.ipynb", { parameters: { seeds: "3" } });
 * if (report.failure) console.error(failureText(report));
 * ```
 */
export async function runNotebook(path: string, options: RunOptions = {}): Promise<NotebookReport> {
  const { parameters = {}, environment, signal, output = path } = options;
  const notebook = await file.readNotebook(path);
  const cells = withParameters(file.codeCells(notebook), parameters);
  const start = performance.now();
  const kernel = await startKernel({ cwd: dirname(resolve(path)), environment, signal });
  const report: NotebookReport = { path, cells: [], seconds: 0 };
  const outputs = new Map<number, file.Output[]>();
  try {
    for (const cell of cells) {
      const { messages, failure, seconds } = await runCell(kernel, cell, options);
      signal?.throwIfAborted();
      report.cells.push({ number: cell.number, seconds });
      options.onCell?.({ number: cell.number, seconds });
      if (failure) report.failure = { ...failure, cell, stderr: kernel.stderr() };
      if (failure) break;
      outputs.set(cell.number, outputsOf(messages));
    }
  } finally {
    await kernel.stop();
  }
  report.seconds = (performance.now() - start) / 1000;
  if (!report.failure) await save(path, output, notebook, outputs);
  return report;
}

async function runCell(kernel: Kernel, { source }: file.CodeCell, options: RunOptions) {
  const messages: Message[] = [];
  const shown = new Map<string, Progress>();
  const listen = (message: Message) => {
    const progress = progressOf(message);
    if (!progress) return messages.push(message);
    const { label, done, total, note } = progress;
    if (!shown.has(label) && options.progress) shown.set(label, options.progress(label));
    shown.get(label)?.(done, total, note);
  };
  const start = performance.now();
  const failure = await kernel.execute(source, listen, options.cellLimit);
  const seconds = (performance.now() - start) / 1000;
  return { messages, seconds, failure: failure && (await syntaxFailure(failure, source)) };
}

/** Writes the outputs, unless somebody has edited the cells since they were read. */
async function save(
  path: string,
  output: string,
  notebook: file.Notebook,
  outputs: Map<number, file.Output[]>,
): Promise<void> {
  const sources = ({ cells }: file.Notebook) =>
    JSON.stringify(cells.map((c) => file.textOf(c.source)));
  if (await exists(path) && sources(await file.readNotebook(path)) !== sources(notebook)) {
    throw new Problem(`${path} was edited while it ran: its outputs are not written, run it again`);
  }
  await file.writeNotebook(output, file.withOutputs(notebook, outputs));
}

/** A failed run for people: which cell, its source, what happened where. */
export function failureText({ path, failure }: NotebookReport): string {
  if (!failure) return "";
  const { cell, name, message, traceback, stderr } = failure;
  const headline = `${basename(path)}, cell ${cell.number}: ${name}: ${message}`;
  if (name === "Problem") return headline; // complete in itself
  const lineAt = Number(/<anonymous>:(\d+)/.exec(traceback.join("\n"))?.[1]);
  const source = cell.source.split("\n").slice(0, 15).map((line, i) =>
    `${i + 1 === lineAt ? ">" : " "} ${String(i + 1).padStart(2)} │ ${line}`
  );
  const stack = traceback.filter((line) => /^\s+at (?!.*\(ext:)/.test(line)); // not Deno's own
  return [
    headline,
    ...source,
    ...stack,
    ...(stderr ? ["The kernel's stderr ends with:", stderr] : []),
  ].join("\n");
}
