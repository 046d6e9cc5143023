/**
 * `deno task reproduce`: runs the study's notebooks from the first cell to the last, each in a fresh
 * kernel, and writes their outputs back.
 */
import { basename, join } from "@std/path";
import { cacheDirectory, checkout } from "../base/files.ts";
import { Problem, runTask } from "../base/problem.ts";
import { consoleProgress, duration } from "../base/progress.ts";
import { codeCells, notebooksIn, readNotebook } from "../notebook/notebook_file.ts";
import { parametersOf, unknownParameter } from "../notebook/parameters.ts";
import { failureText, runNotebook, type RunOptions } from "../notebook/runner.ts";
import { interruption } from "./interruption.ts";
import { type Flags, HELP, parseFlags } from "./reproduce_flags.ts";

/** A notebook with the parameters that it declares and this run sets. */
interface Job {
  path: string;
  name: string;
  parameters: Record<string, string>;
}

/** How a notebook's run ended: the summary's last lines. */
interface Outcome {
  ok: boolean;
  name: string;
  text: string;
}

/**
 * Runs the task. A notebook that fails does not keep the others from running.
 *
 * @param args the command line's flags
 * @param folder where the notebooks are
 * @param signal ends the run
 * @param report writes the report when all notebooks ran, and says where it is
 * @returns the exit code: 0 only if every notebook ran to its end
 * @throws Problem when the flags ask for what there is not
 */
export async function reproduce(
  args: string[],
  folder: string,
  signal?: AbortSignal,
  report?: (profile: string) => Promise<string>,
): Promise<number> {
  const flags = parseFlags(args);
  if (flags.help) return say(HELP);
  const jobs = await jobsOf(select(await notebooksIn(folder), flags.only), flags);
  if (flags.dryRun) return say(jobs.map(describe).join("\n"));

  const scratch = flags.profile === "smoke" ? cacheDirectory("smoke") : undefined;
  const outcomes: Outcome[] = [];
  for (const job of jobs) {
    const output = scratch && join(scratch, basename(job.path));
    outcomes.push(await run(job, { cellLimit: flags.cellLimit, output, signal }));
  }
  for (const { ok, name, text } of outcomes) say(`${ok ? "ok    " : "FAILED"}  ${name}  ${text}`);
  if (report) say(`report: ${await report(flags.profile)}`);
  if (scratch) say(`A smoke run shows nothing but that all runs; its notebooks are in ${scratch}`);
  return outcomes.every(({ ok }) => ok) ? 0 : 1;
}

/** Writes the report of a profile's results; until then nothing here needs the engine. */
async function writtenReport(profile: string): Promise<string> {
  const { profileOf } = await import("../study/profiles.ts");
  const { resultsFolder } = await import("../study/store.ts");
  const { writeReport } = await import("../report/write.ts");
  const { conclusive } = profileOf(profile);
  return await writeReport({ results: resultsFolder({ profile, conclusive }) });
}

/** The notebooks whose names start with one of the given ones; all, when none are given. */
function select(paths: string[], only: string[]): string[] {
  const names = paths.map(nameOf);
  const wrong = only.find((start) => !names.some((name) => name.startsWith(nameOf(start))));
  if (wrong !== undefined || paths.length === 0) {
    const known = names.join(", ") || "none";
    throw new Problem(`no notebook is named ${wrong ?? "*.ipynb"} (there are: ${known})`);
  }
  const chosen = only.length === 0
    ? paths
    : paths.filter((path) => only.some((start) => nameOf(path).startsWith(nameOf(start))));
  const last = chosen.filter((path) => nameOf(path).startsWith("00-")); // reads what the others wrote
  return [...chosen.filter((path) => !last.includes(path)), ...last];
}

async function jobsOf(paths: string[], { profile, parameters }: Flags): Promise<Job[]> {
  const given = Object.entries({ profile, ...parameters });
  const declared = await Promise.all(
    paths.map(async (path) => {
      const notebook = await readNotebook(path).catch(() => null); // its run will say what is wrong
      return notebook ? Object.keys(parametersOf(codeCells(notebook))) : [];
    }),
  );
  const unknown = Object.keys(parameters).find((name) => !declared.flat().includes(name));
  if (unknown) throw unknownParameter(unknown, [...new Set(declared.flat())]);
  return paths.map((path, i) => ({
    path,
    name: nameOf(path),
    parameters: Object.fromEntries(given.filter(([name]) => declared[i].includes(name))),
  }));
}

async function run(job: Job, options: RunOptions): Promise<Outcome> {
  const { path, name, parameters } = job;
  say(describe(job));
  try {
    const report = await runNotebook(path, {
      ...options,
      parameters,
      progress: consoleProgress,
      onCell: ({ number, seconds }) => say(`  cell ${number}  ${seconds.toFixed(1)} s`),
    });
    const { cells, failure, seconds } = report;
    if (!failure) return { ok: true, name, text: `${cells.length} cells in ${duration(seconds)}` };
    console.error(failureText(report));
    return { ok: false, name, text: `cell ${failure.cell.number}: ${failure.message}` };
  } catch (error) {
    options.signal?.throwIfAborted();
    if (!(error instanceof Problem)) throw error;
    console.error(`error: ${error.message}`);
    return { ok: false, name, text: error.message };
  }
}

function describe({ name, parameters }: Job): string {
  const values = Object.entries(parameters).map(([key, value]) => `${key}=${value}`);
  return [name, ...values].join("  ");
}

const nameOf = (path: string) => basename(path, ".ipynb");

function say(text: string): 0 {
  console.log(text);
  return 0;
}

if (import.meta.main) {
  const notebooks = join(checkout, "notebooks");
  await runTask(() => reproduce(Deno.args, notebooks, interruption(), writtenReport));
}
