/** The rows of a list that people made: CSV, JSON lines or parquet. */
import { extname } from "@std/path";
import { parse } from "csv-parse/sync";
import { messageOf, Problem } from "../base/problem.ts";
import { bytesAt, headerIn } from "./pair_file.ts";
import { isParquet, readTable } from "./parquet_table.ts";

/** Two images, as the file calls them. */
export interface PairRow {
  /** `line 7` of a text, `row 7` of a table. */
  where: string;
  anchor: unknown;
  partner: unknown;
}

/** A file's rows; and what it says of the data, where it is one that this library wrote. */
export interface PairRows {
  rows: PairRow[];
  header?: { dataset: string; content: string };
}

/** Pairs of columns that are looked for, in this order; else the first two are taken. */
const COLUMNS = [["anchor_id", "partner_id"], ["anchor", "partner"]];

/**
 * Reads a file by what it is: parquet by its first bytes; JSON lines, `{"anchor": …, "partner": …}`
 * or `[…, …]`, by the extension (jsonl, ndjson, json) or the first character; else CSV, with tabs
 * in a .tsv, with or without a line of column names.
 *
 * @throws {Problem} where it cannot be read so, with the line
 */
export async function readPairRows(path: string): Promise<PairRows> {
  const bytes = await bytesAt(path);
  if (isParquet(bytes)) return await tableRows(path, bytes);
  const text = new TextDecoder().decode(bytes), extension = extname(path).toLowerCase();
  const isJson = [".jsonl", ".ndjson", ".json"].includes(extension) ||
    ![".csv", ".tsv"].includes(extension) && /^\s*[[{]/.test(text);
  return { rows: isJson ? jsonRows(path, text) : csvRows(path, text, extension === ".tsv") };
}

async function tableRows(path: string, bytes: Uint8Array<ArrayBuffer>): Promise<PairRows> {
  const { columns, metadata } = await readTable(path, bytes, (names) => columnsIn(names) ?? names);
  const [anchors, partners] = columns.values();
  if (!partners) throw new Problem(`${path} has ${columns.size} columns: a pair needs two`);
  const rows = anchors.map((anchor, i) => ({
    where: `row ${i + 1}`,
    anchor,
    partner: partners[i],
  }));
  return { rows, header: headerIn(metadata) };
}

function columnsIn(names: readonly string[]): string[] | undefined {
  return COLUMNS.find((wanted) => wanted.every((name) => names.includes(name)));
}

function csvRows(path: string, text: string, tabs: boolean): PairRow[] {
  const lines = parseCsv(path, text, tabs ? "\t" : ",");
  const names = lines[0]?.record.map((name) => name.toLowerCase()) ?? [];
  const header = columnsIn(names);
  const [first, second] = header ? header.map((name) => names.indexOf(name)) : [0, 1];
  return lines.slice(header ? 1 : 0).map(({ record, info }) => {
    const [anchor, partner] = [record[first], record[second]];
    if (anchor && partner) return { where: `line ${info.lines}`, anchor, partner };
    throw new Problem(`${path}, line ${info.lines}: "${record}" does not name two images`);
  });
}

function parseCsv(path: string, text: string, delimiter: string) {
  const options = { bom: true, info: true, trim: true, skip_empty_lines: true, delimiter } as const;
  try {
    const lines: unknown = parse(text, { ...options, relax_column_count: true });
    return lines as { record: string[]; info: { lines: number } }[];
  } catch (error) {
    throw new Problem(`${path} is no CSV: ${messageOf(error)}`);
  }
}

function jsonRows(path: string, text: string): PairRow[] {
  return text.replace(/^\uFEFF/, "").split("\n").flatMap((line, i) => {
    if (line.trim() === "") return [];
    const { anchor, partner } = jsonPair(line) ?? {};
    const isName = (value: unknown) => typeof value === "string" || typeof value === "number";
    if (isName(anchor) && isName(partner)) return [{ where: `line ${i + 1}`, anchor, partner }];
    throw new Problem(
      `${path}, line ${i + 1}: give {"anchor": …, "partner": …} or […, …], one pair a line`,
    );
  });
}

function jsonPair(line: string): { anchor?: unknown; partner?: unknown } | undefined {
  try {
    const value = JSON.parse(line);
    if (!Array.isArray(value)) return value ?? undefined;
    return value.length === 2 ? { anchor: value[0], partner: value[1] } : undefined;
  } catch {
    return undefined;
  }
}
