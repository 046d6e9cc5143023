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

const pairsOfVariants = ["fp32 / published", "fp32 / compiled", "bf16 / compiled bf16"];

/** Whole pretraining: a row a network and method on a machine, how many times as fast, and the memory. */
function pretraining(rows: readonly Measured[]): string {
  const of = rows.filter(({ bench }) => bench === "pretrain");
  const groups = Map.groupBy(of, ({ case: name, machine }) => `${machine}: ${name.split(":")[0]}`);
  const cells = groups.values().map((group) => {
    const [{ machine, case: name }] = group, [setting] = name.split(":");
    const ratio = (variants: string, unit: string) =>
      group.find((row) => row.case === `${setting}: ${variants}` && row.unit === unit)?.ratio
        ?.toFixed(2) ?? "";
    const speeds = pairsOfVariants.map((variants) => ratio(variants, "images/s"));
    const memory = ratio("fp32 / compiled", "MB");
    return [machine, ...setting.split(" "), ...speeds, memory];
  });
  const columns = [
    "2 cores of",
    "network",
    "method",
    ...pairsOfVariants,
    "memory, fp32 / compiled",
  ];
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
