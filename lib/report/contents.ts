/** What a report shows: the claims, and each notebook's figures with the tables behind them. */
import { basename, join } from "@std/path";
import { parse } from "csv-parse/sync";
import type { TopLevelSpec } from "vega-lite";
import { messageOf, Problem } from "../base/problem.ts";
import { notebooksIn, readNotebook } from "../notebook/notebook_file.ts";
import { type Overview, overview, storedClaims } from "../study/overview.ts";
import { usualProfile } from "../study/store.ts";

/** A figure as it was saved. */
export interface ReportFigure {
  /** Unique on the page. */
  id: string;
  profile: string;
  spec: TopLevelSpec;
  columns: string[];
  rows: string[][];
}

/** A notebook's part of the report. */
export interface Section {
  /** As the notebook's file is called, without its ending. */
  id: string;
  title: string;
  /** Markdown: what the notebook's first cell says below its title. */
  text: string;
  figures: ReportFigure[];
}

/** Everything on the page. */
export interface Contents {
  claims: Overview[];
  sections: Section[];
}

/**
 * Reads what the notebooks have saved. A notebook without figures has no section.
 *
 * @param folders `results` and `notebooks`
 * @throws {Problem} naming a file that is damaged
 */
export async function contentsOf(
  { results, notebooks }: { results: string; notebooks: string },
): Promise<Contents> {
  const sections: Section[] = [];
  for (const path of await notebooksIn(notebooks)) {
    const id = basename(path, ".ipynb");
    const folder = join(results, "figures", id);
    const profiles = [usualProfile, ...await foldersIn(folder)];
    const found = await Promise.all(
      profiles.map((profile) =>
        figuresIn(profile === usualProfile ? folder : join(folder, profile), {
          section: id,
          profile,
        })
      ),
    );
    const figures = found.flat();
    if (figures.length > 0) sections.push({ id, ...await introduction(path), figures });
  }
  return { claims: overview(await storedClaims(results)), sections };
}

async function introduction(path: string): Promise<{ title: string; text: string }> {
  const { cells } = await readNotebook(path);
  const [first] = cells.filter(({ cell_type }) => cell_type === "markdown");
  const source = [first?.source ?? ""].flat().join("");
  const [, title, text] = /^# (.*)\n([^]*)$/.exec(source) ?? ["", basename(path), source];
  return { title, text };
}

async function entriesOf(folder: string): Promise<Deno.DirEntry[]> {
  const entries = await Array.fromAsync(Deno.readDir(folder)).catch(() => []);
  return entries.sort((a, b) => a.name < b.name ? -1 : 1);
}

const foldersIn = async (folder: string) =>
  (await entriesOf(folder)).filter((entry) => entry.isDirectory).map(({ name }) => name);

async function figuresIn(
  folder: string,
  { section, profile }: { section: string; profile: string },
): Promise<ReportFigure[]> {
  const ending = ".vl.json";
  const names = (await entriesOf(folder)).filter(({ name }) => name.endsWith(ending))
    .map(({ name }) => name.slice(0, -ending.length));
  return await Promise.all(names.map(async (name) => {
    const path = join(folder, name);
    const [columns = [], ...rows] = await read(`${path}.csv`, parse) as string[][];
    const spec = await read(`${path}${ending}`, JSON.parse) as TopLevelSpec;
    return { id: `${section}-${profile}-${name}`, profile, spec, columns, rows };
  }));
}

async function read<T>(path: string, parse: (text: string) => T): Promise<T> {
  try {
    return parse(await Deno.readTextFile(path));
  } catch (error) {
    throw new Problem(`${path} cannot be read (${messageOf(error)}): reproduce its notebook again`);
  }
}
