/** What a benchmark prints: a table to read, or one JSON object a line. */
import { engineInfo } from "../../../lib/engine/mod.ts";
import { thisMachine } from "../../../lib/study/run_cell.ts";
import { median, type Summary } from "./rounds.ts";

/** One comparison. */
export interface Row {
  bench: string;
  case: string;
  unit: string;
  ours: number;
  /** null where the peer is absent. */
  peer: number | null;
  /** Above 1: ours is better. */
  ratio: number | null;
  /** The lowest and the highest round of either side, where there was more than one. */
  ranges?: { ours: [low: number, high: number]; peer: [low: number, high: number] | null };
}

/** A comparison of rates, where more is better. */
export function rateRow(row: Omit<Row, "ratio">): Row {
  return { ...row, ratio: row.peer === null ? null : row.ours / row.peer };
}

/**
 * The median of each column, so that its ratio is the median ratio. Of rows of which some have a
 * peer, those count.
 */
export function medianRow(name: string, rows: Row[]): Row {
  const paired = rows.filter((row) => row.peer !== null);
  const counted = paired.length > 0 ? paired : rows;
  const column = (name: "peer" | "ratio") =>
    paired.length > 0 ? median(paired.map((row) => row[name]!)) : null;
  const ours = median(counted.map((row) => row.ours));
  return { ...rows[0], case: name, ours, peer: column("peer"), ratio: column("ratio") };
}

/** The rows as text: with `json` one object a line, with the machine, else a table. */
export function format(rows: Row[], { json }: { json: boolean }): string {
  if (json) {
    const machine = thisMachine().hardware;
    return rows.map((row) => JSON.stringify({ ...row, machine })).join("\n");
  }
  const number = (value: number | null) =>
    value === null ? "-" : String(Number(value.toPrecision(3)));
  const cells = rows.map((row) => [
    row.case,
    row.unit,
    ...[row.ours, row.peer, row.ratio].map(number),
  ]);
  return table([["case", "unit", "ours", "peer", "ratio"], ...cells]);
}

/** Who is measured, for the first line. */
export function header(torch: string | undefined): string {
  const { name, version, devices } = engineInfo();
  const line = `${name} ${version} on ${devices.join(", ")}; torch ${torch ?? "absent"}`;
  if (torch) return line;
  return `${line}\nPEER_PYTHON is not set, so torch is not measured: see \`deno task bench peers\``;
}

/** Median and range of each, to so many decimals. */
export function summaryTable(rates: Record<string, Summary>, decimals: number): string {
  const lines = Object.entries(rates).map((
    [name, { median, low, high }],
  ) => [name, ...[median, low, high].map((value) => value.toFixed(decimals))]);
  return table([["variant", "median", "low", "high"], ...lines]);
}

/** Text in columns: the first on the left, the others on the right. */
export function table(lines: string[][]): string {
  const widths = lines[0].map((_, i) => Math.max(...lines.map((line) => line[i].length)));
  return lines.map((line) =>
    line.map((cell, i) => i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])).join("  ")
  ).join("\n");
}
