/**
 * `deno task bench tables`: writes the tables of what was measured, from results/bench/*.jsonl: all of
 * them into results/bench/README.md, that of whole pretraining into README.md, between its marks.
 */
import { join } from "@std/path";
import { checkout, writeAtomic } from "../../lib/base/files.ts";
import { Problem } from "../../lib/base/problem.ts";
import type { Row } from "./support/report.ts";

/** A row as it is stored: with the machine that measured it. */
type Measured = Row & { machine: string };

const folder = join(checkout, "results", "bench");
const readme = join(checkout, "README.md");
const [begin, end] = ["<!-- pretrain: deno task bench tables -->", "<!-- /pretrain -->"];

export async function run(): Promise<void> {
  for (const [path, text] of Object.entries(await tables())) await writeAtomic(path, text);
}

/** The texts of both files, by their paths. */
export async function tables(): Promise<Record<string, string>> {
  const names = (await Array.fromAsync(Deno.readDir(folder), ({ name }) => name))
    .filter((name) => name.endsWith(".jsonl")).sort();
  const rows: Measured[] = [];
  for (const name of names) {
    const lines = (await Deno.readTextFile(join(folder, name))).trim().split("\n");
    rows.push(...lines.map((line): Measured => JSON.parse(line)));
  }
  return {
    [join(folder, "README.md")]: everything(rows),
    [readme]: withBlock(await Deno.readTextFile(readme), pretraining(rows)),
  };
}

const head = `# What was measured

By \`deno task bench tables\`, from the files beside this one; what each benchmark does stands in
[tests/bench](../../tests/bench/README.md). Ratios above 1: ours is better. Medians; in brackets the
lowest and the highest round. Without brackets: one round, or rounds whose range was not kept.
`;

function everything(rows: readonly Measured[]): string {
  const groups = Map.groupBy(rows, ({ bench, machine }) => `## ${bench}, on ${machine}`);
  const sections = groups.entries().map(([title, of]) => {
    const cells = of.map((row) => [row.case, row.unit, ...sides(row)]);
    return `${title}\n\n${markdown(["case", "unit", "ours", "peer", "ratio"], cells)}\n`;
  });
  return [head, ...sections].join("\n");
}

function sides({ ours, peer, ratio, ranges }: Measured): string[] {
  const range = (of: [number, number] | null | undefined) =>
    of && of[0] !== of[1] ? ` [${digits(of[0])}, ${digits(of[1])}]` : "";
  return [
    `${digits(ours)}${range(ranges?.ours)}`,
    peer === null ? "" : `${digits(peer)}${range(ranges?.peer)}`,
    ratio === null ? "" : ratio.toFixed(2),
  ];
}

const digits = (value: number) => String(Number(value.toPrecision(3)));

/** Whole pretraining: a row a case and machine, rate and memory. */
function pretraining(rows: readonly Measured[]): string {
  const of = rows.filter(({ bench }) => bench === "pretrain");
  const cases = Map.groupBy(of, ({ case: name, machine }) => `${machine}: ${name}`).values();
  const cells = cases.map((group) => {
    const by = (unit: string) => group.find((row) => row.unit === unit)!;
    const [rate, memory] = [by("images/s"), by("MB")];
    return [
      rate.machine,
      rate.case,
      ...[rate.ours, rate.peer].map((value) => value === null ? "" : digits(value)),
      rate.ratio?.toFixed(2) ?? "",
      ...[memory.ours, memory.peer].map((value) => value?.toFixed(0) ?? ""),
    ];
  });
  const columns = ["machine", "case", "images/s", "lightly's", "ratio", "peak MB", "lightly's"];
  return markdown(columns, [...cells]);
}

function markdown(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const isNumber = (column: number) => rows.every((row) => /^[\d.[\], ]*$/.test(row[column]));
  const rule = columns.map((_, column) => isNumber(column) ? "---:" : "---");
  return [columns, rule, ...rows].map(line).join("\n");
}

/** The text with what stands between the marks replaced. */
function withBlock(text: string, block: string): string {
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Problem(`${readme} has no place for the table: ${begin}`);
  return `${text.slice(0, from)}${begin}\n\n${block}\n\n${text.slice(to)}`;
}
