/** Curated pairs: lists that people made. */
import { Problem } from "../base/problem.ts";
import type { Dataset } from "../datasets/dataset.ts";
import { augmentedPairs } from "./augmented.ts";
import { checkContent } from "./pair_file.ts";
import type { PairList } from "./pair_list.ts";
import { type PairRow, readPairRows } from "./pair_rows.ts";
import { proveMatched } from "./prove.ts";
import { pairKind } from "./relation.ts";
import type { MatchReport } from "./report.ts";

/** What may be wrong with a row, and what becomes of it where that is allowed. */
export const curatedFaults = {
  "unknown image": "left out",
  "same image": "kept",
  "across classes": "kept",
  "repeated": "kept",
} as const;

/** What may be wrong with a row. */
export type CuratedFault = keyof typeof curatedFaults;

/** A row that is wrong. */
interface Finding {
  where: string;
  fault: CuratedFault;
  text: string;
}

/**
 * Reads a list of pairs that people made: CSV, JSON lines or parquet with two images a row, named
 * by the columns `anchor` and `partner` (or `anchor_id` and `partner_id`), else the first two.
 * Images are called by their ids (a leading `./` and a missing extension do not matter, `\` is
 * `/`), by numbers only where a data set has no ids.
 *
 * People use some images more than others, and as partners other ones than as anchors. So each pair
 * stands in both directions: every image is anchor as often as it is partner, and the augmented arm
 * of the same anchors sees it as often. The list needs no labels; where there are labels, a pair
 * across classes is a fault. A pair is repeated in either direction.
 *
 * @param allow faults that do not matter: rows with an unknown image are left out, the others kept;
 *   the report counts them
 * @throws {Problem} listing the rows that are wrong, with their lines, unless that is allowed; and
 *   for a file that is none of these, or has no pair
 * @example
 * ```ts ignore
 * const arms = await curated("pairs.csv", images, { allow: ["across classes"] });
 * ```
 */
export async function curated(
  file: string,
  dataset: Dataset,
  { allow = [] }: { allow?: readonly CuratedFault[] } = {},
): Promise<{ augmented: PairList; semantic: PairList; report: MatchReport }> {
  const { rows, header } = await readPairRows(file);
  if (header) checkContent(file, header, dataset);
  const { pairs, findings } = lookUp(rows, dataset);
  const refused = findings.filter(({ fault }) => !allow.includes(fault));
  if (refused.length > 0) throw faulty(file, refused);
  if (pairs.length === 0) throw new Problem(`${file} has no pairs of ${dataset.name}`);
  const anchors = Int32Array.from(pairs.flat());
  const partners = Int32Array.from(pairs.flatMap(([a, b]) => [b, a]));
  const common = { anchors, perEpoch: anchors.length, dataset: dataset.hash };
  const augmented = augmentedPairs(common);
  const semantic: PairList = { kind: "curated", origin: "curated file", ...common, partners };
  const counts = Map.groupBy(findings, ({ fault }) => fault);
  const notes = counts.entries().map(([fault, { length: count }]) => ({
    note: `${fault}, ${curatedFaults[fault]}`,
    count,
  })).toArray();
  return { augmented, semantic, report: proveMatched(dataset, augmented, semantic, notes) };
}

/** The pairs of images that are known, and all that is wrong. */
function lookUp(
  rows: readonly PairRow[],
  dataset: Dataset,
): { pairs: [number, number][]; findings: Finding[] } {
  const find = imageFinder(dataset);
  const pairs: [number, number][] = [], findings: Finding[] = [];
  const first = new Map<number, string>();
  for (const { where, anchor, partner } of rows) {
    const report = (fault: CuratedFault, text: string) => findings.push({ where, fault, text });
    const a = find(anchor), b = find(partner);
    if (a === undefined || b === undefined) {
      report("unknown image", `"${a === undefined ? anchor : partner}"`);
      continue;
    }
    const kind = pairKind(dataset, a, b);
    const classOf = (i: number) => dataset.classes[dataset.label(i)];
    if (kind === "augmented") report("same image", `"${anchor}"`);
    if (kind === "false") report("across classes", `${classOf(a)}, ${classOf(b)}`);
    const key = Math.min(a, b) * dataset.length + Math.max(a, b);
    if (first.has(key)) report("repeated", `as in ${first.get(key)}`);
    else first.set(key, where);
    pairs.push([a, b]);
  }
  return { pairs, findings };
}

/** Finds an image by what a list calls it. */
function imageFinder(dataset: Dataset): (name: unknown) => number | undefined {
  if (!dataset.id) {
    return (name) => {
      const text = String(name), i = Number(text);
      return /^\d+$/.test(text) && i < dataset.length ? i : undefined;
    };
  }
  const plain = (name: string) => name.replaceAll("\\", "/").replace(/^(\.\/)+/, "");
  const stem = (name: string) => name.replace(/\.[^./]+$/, "");
  const byId = new Map<string, number>(), byStem = new Map<string, number | undefined>();
  for (let i = 0; i < dataset.length; i++) {
    const id = plain(dataset.id(i));
    byId.set(id, i);
    byStem.set(stem(id), byStem.has(stem(id)) ? undefined : i); // of two, neither is meant
  }
  return (name) => byId.get(plain(String(name))) ?? byStem.get(plain(String(name)));
}

const LISTED = 10;

function faulty(file: string, findings: readonly Finding[]): Problem {
  const rows = findings.slice(0, LISTED)
    .map(({ where, fault, text }) => `${where}: ${fault} (${text})`);
  if (findings.length > LISTED) rows.push(`and ${findings.length - LISTED} more`);
  const faults = [...new Set(findings.map(({ fault }) => `"${fault}"`))].join(", ");
  return new Problem(
    `${file} has ${findings.length} fault${findings.length === 1 ? "" : "s"}: ${
      rows.join("; ")
    }. ` +
      `Correct the list, or let them pass by allow: [${faults}]`,
  );
}
