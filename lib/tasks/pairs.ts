/** `deno task pairs match|mine|curate|check`: pair lists of an image set. */
import { exists } from "../base/files.ts";
import { runTask } from "../base/problem.ts";
import type { Dataset } from "../datasets/dataset.ts";
import { imageFolder } from "../datasets/image_folder.ts";
import { load } from "../datasets/library.ts";
import { show } from "../notebook/display.ts";
import { curated } from "../pairs/curated.ts";
import { hybrid } from "../pairs/hybrid.ts";
import { match } from "../pairs/match.ts";
import { noisy } from "../pairs/noisy.ts";
import { isPairFile, readPairs, writePairs } from "../pairs/pair_file.ts";
import type { PairList } from "../pairs/pair_list.ts";
import { type MatchReport, reportOn } from "../pairs/report.ts";
import { interruption } from "./interruption.ts";
import { serveCuration } from "./pairs_curate.ts";
import { type Flags, HELP, parseFlags } from "./pairs_flags.ts";
import { stemOf } from "./pairs_stem.ts";

/** Opens a split of a data set, by its name or its folder; of a size, where images are looked at. */
export type Open = (name: string, split?: string, size?: number) => Promise<Dataset>;

/**
 * Runs the task.
 *
 * @param out where lines and tables go
 * @throws {Problem} for a wrong command line, data that cannot be paired, and a list that is wrong
 */
export async function pairs(
  args: string[],
  open: Open,
  out: (value: unknown) => Promise<void> = show,
): Promise<void> {
  const flags = parseFlags(args);
  if (flags.command === "help") return await out(HELP);
  const size = flags.command === "mine" ? flags.size : undefined;
  const dataset = await open(flags.name, flags.split, size);
  if (flags.command === "curate") return await curate(dataset, flags, out);
  const { lines, report, precision = [] } = await done(dataset, flags);
  for (const table of [report.summary, report.kinds, report.notes, precision]) {
    if (table.length > 0) await out(table);
  }
  await out(lines.join("\n"));
}

interface Outcome {
  lines: string[];
  report: MatchReport;
  precision?: object[];
}

async function done(
  dataset: Dataset,
  flags: Exclude<Flags, { command: "help" | "curate" }>,
): Promise<Outcome> {
  switch (flags.command) {
    case "match":
      return await matchAndWrite(dataset, flags);
    case "mine": { // the engine takes a second to load, and nothing else needs it
      const { mineAndWrite } = await import("./pairs_mine.ts");
      return await mineAndWrite(dataset, flags);
    }
    case "check":
      return await check(dataset, flags);
  }
}

/** Serves the page until Ctrl-C. */
async function curate(
  dataset: Dataset,
  flags: Extract<Flags, { command: "curate" }>,
  out: (value: unknown) => Promise<void>,
): Promise<void> {
  await using served = await serveCuration(dataset, flags);
  await out([
    `open ${served.url} (this machine alone can; Ctrl-C ends it)`,
    `every decision: ${served.decisions}`,
    `accepted pairs: ${served.list}`,
  ].join("\n"));
  await new Promise((resolve) => interruption().addEventListener("abort", resolve));
}

async function matchAndWrite(
  dataset: Dataset,
  { name, split, out, options, share, rate }: Extract<Flags, { command: "match" }>,
): Promise<Outcome> {
  const { report, ...lists } = share !== undefined
    ? hybrid(dataset, { ...options, share })
    : rate !== undefined
    ? noisy(dataset, { ...options, rate })
    : match(dataset, options);
  const stem = stemOf({ name, split, out });
  const lines = [];
  for (const [arm, list] of Object.entries<PairList>(lists)) {
    const path = `${stem}.${arm}.parquet`;
    await writePairs(path, list, dataset);
    lines.push(`${arm} pairs written to ${path}`);
  }
  return { lines, report };
}

async function check(
  dataset: Dataset,
  { file, allow }: Extract<Flags, { command: "check" }>,
): Promise<Outcome> {
  if (await isPairFile(file)) {
    const list = await readPairs(file, dataset);
    const line = `${file}: ${list.anchors.length} ${list.kind} pairs of ${dataset.name}, whole`;
    return { lines: [line], report: reportOn(dataset, [list]) };
  }
  const { semantic, report } = await curated(file, dataset, { allow });
  const line = `${file}: ${semantic.anchors.length / 2} pairs of ${dataset.name}, each used in ` +
    "both directions";
  return { lines: [line], report };
}

/** Pairing by labels looks at these and at names: no image is decoded for it. */
const unseen = { size: 1, memory: 0 };

/** Of an imported set by its name, of a folder or archive by its path. */
const openSet: Open = async (name, split, size) => {
  const held = size === undefined ? unseen : { size };
  return await exists(name)
    ? await imageFolder(name, { ...held, split })
    : await load(name, { ...held, split });
};

if (import.meta.main) {
  await runTask(() => pairs(Deno.args, openSet));
}
