/** What a benchmark prints: a table to read, or one JSON object a line. */

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
}

/** A comparison of rates, where more is better. */
export function rateRow(row: Omit<Row, "ratio">): Row {
  return { ...row, ratio: row.peer === null ? null : row.ours / row.peer };
}

/** The rows as text: with `json` one object a line, else a table. */
export function format(rows: Row[], { json }: { json: boolean }): string {
  if (json) return rows.map((row) => JSON.stringify(row)).join("\n");
  const number = (value: number | null) =>
    value === null ? "-" : String(Number(value.toPrecision(3)));
  const cells = rows.map((row) => [
    row.case,
    row.unit,
    ...[row.ours, row.peer, row.ratio].map(number),
  ]);
  return table([["case", "unit", "ours", "peer", "ratio"], ...cells]);
}

/** Text in columns: the first on the left, the others on the right. */
export function table(lines: string[][]): string {
  const widths = lines[0].map((_, i) => Math.max(...lines.map((line) => line[i].length)));
  return lines.map((line) =>
    line.map((cell, i) => i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])).join("  ")
  ).join("\n");
}
