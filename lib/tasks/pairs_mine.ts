/** `deno task pairs mine`: from images to candidates, and to an arm that matches. */
import { consoleProgress } from "../base/progress.ts";
import type { Dataset } from "../datasets/dataset.ts";
import { writeCandidates } from "../mining/candidate_file.ts";
import { checkRule, ruleText } from "../mining/candidates.ts";
import { byBackbone, type Embedder } from "../mining/embedder.ts";
import { embedderFrom } from "../mining/embedder_file.ts";
import { mine } from "../mining/mine.ts";
import { type Bin, precisionBySimilarity, shareOf } from "../mining/precision.ts";
import { type Candidates, mined } from "../pairs/mined.ts";
import { writePairs } from "../pairs/pair_file.ts";
import { pairKind } from "../pairs/relation.ts";
import type { MatchReport } from "../pairs/report.ts";
import { ownBackbone } from "../study/own_backbone.ts";
import { interruption } from "./interruption.ts";
import type { Flags } from "./pairs_flags.ts";
import { stemOf } from "./pairs_stem.ts";

/** Mines and writes; what is to be shown. */
export async function mineAndWrite(
  dataset: Dataset,
  flags: Extract<Flags, { command: "mine" }>,
): Promise<{ lines: string[]; report: MatchReport; precision: object[] }> {
  const { by, agree, rule, options, size, network } = flags;
  checkRule(rule, dataset.length); // before hours of work
  const first = by ? await embedderFrom(by, { size, network }) : await ownEmbedder(dataset, flags);
  const second = agree ? await embedderFrom(agree, { size, network }) : undefined;
  const { candidates, duplicates, search } = await mine(dataset, first, {
    ...{ rule, agree: second, progress: consoleProgress },
  });
  const stem = stemOf(flags);
  const how = [`by ${first.name}`, second && `and ${second.name}`, `(${ruleText(rule)})`]
    .filter(Boolean).join(" ");
  const files = [`${stem}.candidates.parquet`, `${stem}.mined.parquet`];
  await writeCandidates(files[0], { candidates, mined: how }, dataset);
  const { mined: list, report } = mined(dataset, candidates, options);
  await writePairs(files[1], list, dataset);
  const { bins, line } = precisionOf(dataset, candidates);
  const lines = [
    `${candidates.a.length} candidates ${how}, neighbours by ${search} search, written to ${
      files[0]
    }` +
    (duplicates > 0 ? `; ${duplicates} were one picture and are left out` : ""),
    `mined pairs written to ${files[1]}`,
    line,
  ];
  return { lines, report, precision: bins };
}

async function ownEmbedder(
  dataset: Dataset,
  { size, steps }: { size: number; steps: number },
): Promise<Embedder> {
  const progress = consoleProgress("pretraining SimCLR on the images");
  return byBackbone(await ownBackbone(dataset, { size, steps, progress, signal: interruption() }), {
    ...{ size, name: `SimCLR, ${steps} steps on the images` },
  });
}

/** How many candidates are right, by labels, where there are some. */
function precisionOf(dataset: Dataset, candidates: Candidates): { bins: object[]; line: string } {
  const { a, b } = candidates;
  const isRight = (pair: number) => {
    const kind = pairKind(dataset, a[pair], b[pair]);
    return kind === "unknown" ? undefined : kind !== "false";
  };
  const bins = precisionBySimilarity(candidates, isRight);
  const sum = (of: (bin: Bin) => number) => bins.reduce((all, bin) => all + of(bin), 0);
  const { judged, precision, low, high } = shareOf(
    sum((bin) => bin.right),
    sum((bin) => bin.judged),
  );
  if (precision === null) {
    const line = "no labels say how many are right: judge a sample by deno task pairs curate";
    return { bins: [], line };
  }
  const line = `by their labels ${percent(precision)} of ${judged} candidates are of one class ` +
    `(95 % interval ${percent(low)} to ${percent(high)})`;
  return { bins: bins.map(row), line };
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

const row = ({ from, to, pairs, precision, low, high }: Bin) => ({
  similarity: `${from.toFixed(3)} to ${to.toFixed(3)}`,
  pairs,
  "right, percent": precision === null ? null : Math.round(1000 * precision) / 10,
  low: Math.round(1000 * low) / 10,
  high: Math.round(1000 * high) / 10,
});
