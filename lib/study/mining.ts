/** What mined pairs are, and what they add. */
import type { Dataset } from "../datasets/dataset.ts";
import { byBackbone } from "../mining/embedder.ts";
import { mine } from "../mining/mine.ts";
import { type Bin, precisionBySimilarity } from "../mining/precision.ts";
import { pairKind } from "../pairs/relation.ts";
import { keptBackbone } from "./backbones.ts";
import type { Arm, Cell, Run } from "./cell.ts";
import type { Hypothesis } from "./claims.ts";
import { armGains, baselineLearned } from "./comparison.ts";
import type { Design } from "./design.ts";
import { miningOf, splitsOf } from "./material.ts";
import { type Accuracy, asObservations, methodOf } from "./rows.ts";
import type { Watch } from "./watch.ts";

/** The gains of all arms over augmented pairs, in one evaluation by one probe; an arm a subject. */
export function minedGains(rows: readonly Accuracy[]) {
  return armGains(asObservations(rows)).map((gain) => ({ ...gain, subject: nameOf(gain.arm) }));
}

/** An arm as figures name it. */
function nameOf(arm: Arm): string {
  const [kind, k] = arm.split(" ");
  if (kind === "semantic") return "semantic, by labels";
  return `${kind}, ${k} neighbours`;
}

/** For each method the hypotheses that pairs which were mined in either way are better than augmented ones. */
export function minedHypotheses(
  gains: ReturnType<typeof minedGains>,
  { evaluation }: Pick<Accuracy, "evaluation">,
): Hypothesis[] {
  return gains.filter(({ arm }) => arm !== "semantic").map((gain) => ({
    claim: "mined pairs beat augmented pairs",
    method: gain.method,
    evaluation: `${evaluation}, ${gain.subject}`,
    difference: gain,
    baselineLearned: baselineLearned(gain),
  }));
}

/** A row a list of mined pairs: how many anchors have a mined partner, how many one of their class. */
export function minedShares(runs: readonly Run[]): Record<string, string | number>[] {
  const percent = (share: number) => Math.round(1000 * share) / 10;
  return runs.flatMap(({ inputs: { cell }, mined = [] }) =>
    mined.map(({ epoch, paired, right }) => ({
      ...{ method: methodOf(cell).title, arm: cell.arm, seed: cell.seed, "from epoch": epoch },
      "with a mined partner, %": percent(paired),
      "with one of their class, %": percent(right),
      "of the mined pairs right, %": percent(right / paired),
    }))
  );
}

/** The precision of mined pairs by similarity, for one embedding. */
export type Precision = Bin & { embedding: string };

/**
 * How many of the pairs that the backbones of some arms find are right, by their similarity: of the
 * first method and seed of a design, by its rule.
 */
export async function minedPrecision(
  { cells }: Pick<Design, "cells">,
  watch: Watch = {},
): Promise<Precision[]> {
  const rule = cells.map(miningOf).find((mining) => mining !== undefined)!.rule;
  const arms: Arm[] = ["untrained", "augmented", "semantic"];
  const first = arms.map((arm) => cells.find((cell) => cell.arm === arm)!);
  const rows: Precision[] = [];
  for (const cell of first) {
    const { pretraining } = await splitsOf(cell.data);
    rows.push(...await precisionOf(cell, pretraining, rule, watch));
  }
  return rows;
}

async function precisionOf(
  cell: Cell,
  dataset: Dataset,
  rule: Parameters<typeof mine>[2]["rule"],
  watch: Watch,
): Promise<Precision[]> {
  const network = await keptBackbone(cell, watch);
  try {
    const embedder = byBackbone(network, { size: cell.training.views.size, name: cell.arm });
    const { candidates } = await mine(dataset, embedder, { rule });
    const { a, b } = candidates;
    const isRight = (pair: number) => pairKind(dataset, a[pair], b[pair]) === "semantic";
    return precisionBySimilarity(candidates, isRight).map((bin) => ({
      embedding: cell.arm,
      ...bin,
    }));
  } finally {
    network.release();
  }
}
