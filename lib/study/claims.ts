/** The claims of the paper, and what a profile's runs say of each. */
import { join } from "@std/path";
import { exists, writeAtomic } from "../base/files.ts";
import { withLock } from "../base/lock.ts";
import { baselineLearned } from "./comparison.ts";
import type { Design } from "./design.ts";
import type { Gain } from "./gains.ts";
import {
  average,
  holm,
  type PairedDifference,
  pairedDifference,
  type Verdict,
  verdict,
} from "./stats.ts";
import { resultsFolder } from "./store.ts";

/** A claim with its effect (percentage points, 95 % interval over paired seeds) and verdict. */
export interface Claim {
  claim: string;
  /** The method that it is about, where it is about one. */
  method: string | null;
  /** On what it was measured. */
  evaluation: string;
  /** Above zero where the claim is right. */
  effect: number;
  /** Whether the augmented arm, from which a gain is measured, is above the untrained backbone. */
  baselineLearned: boolean | null;
  low: number;
  high: number;
  n: number;
  /** Corrected over all claims of the figure. */
  pHolm: number;
  verdict: Verdict;
}

/**
 * Judges, as one family of tests: semantic pairs beat augmented pairs (each method), and they do
 * more for contrastive methods than for the other self-supervised ones of the figure, on average.
 * Fixed before any run, a verdict hangs on the linear probe, on data that pretraining has not seen;
 * kNN and the usual probe on the pretraining images are shown beside it.
 *
 * @param design.conclusive where false, as at the smoke profile, nothing is shown
 */
export function claims(gains: readonly Gain[], { conclusive }: { conclusive: boolean }): Claim[] {
  const judged = gains.filter(({ family, probe, evaluation }) =>
    family !== "bound" && probe === "linear" && evaluation !== "pretraining images"
  );
  const beats = judged.map((gain): Hypothesis => ({
    claim: "semantic pairs beat augmented pairs",
    method: gain.method,
    evaluation: gain.evaluation,
    difference: gain,
    baselineLearned: baselineLearned(gain),
  }));
  const most = Map.groupBy(judged, ({ evaluation }) => evaluation).entries()
    .filter(([, rows]) => new Set(rows.map(isContrastive)).size === 2)
    .map(([evaluation, rows]): Hypothesis => ({
      claim: "contrastive methods gain most",
      method: null,
      evaluation,
      difference: contrastiveLead(rows),
      baselineLearned: null,
    }));
  return judge([...beats, ...most], { conclusive });
}

/** What is to be judged: a difference that is above zero where the claim is right. */
export interface Hypothesis extends Pick<Claim, "claim" | "method" | "evaluation"> {
  difference: PairedDifference;
  baselineLearned: boolean | null;
}

/** Judges hypotheses as one family of tests, see {@link verdict}. */
export function judge(
  hypotheses: readonly Hypothesis[],
  { conclusive }: { conclusive: boolean },
): Claim[] {
  const corrected = holm(hypotheses.map(({ difference }) => difference.p));
  return hypotheses.map(({ difference: { mean, low, high, n }, ...claim }, i) => ({
    ...claim,
    effect: mean,
    low,
    high,
    n,
    pHolm: corrected[i],
    verdict: conclusive ? verdict(mean, corrected[i]) : "not shown",
  }));
}

const isContrastive = ({ family }: Gain) => family === "contrastive";

/** Seed by seed, the mean gain of the contrastive methods against that of all others. */
function contrastiveLead(rows: Gain[]): PairedDifference {
  const perSeed = (group: Gain[]) =>
    rows[0].seeds.map((_, i) => average(group.map(({ differences }) => differences[i])));
  return pairedDifference(
    perSeed(rows.filter((row) => !isContrastive(row))),
    perSeed(rows.filter(isContrastive)),
    rows[0],
  );
}

/**
 * Writes a design's claims into `results/claims.json`, beside those of other profiles and figures; an
 * unbounded interval (one seed) becomes null. A design that shows nothing leaves no claims.
 */
export async function saveClaims(
  design: Omit<Design, "cells">,
  claims: readonly Claim[],
): Promise<void> {
  if (!design.conclusive) return;
  const { profile, figure } = design;
  const path = join(resultsFolder(design), "claims.json");
  await withLock(`${path}.lock`, async () => { // of two profiles at once neither's claims are lost
    const stored = await exists(path) ? JSON.parse(await Deno.readTextFile(path)) : {};
    await writeAtomic(path, withClaims(stored, { profile, figure }, claims));
  });
}

/** The text of the file with the claims of one profile's figure replaced. */
export function withClaims(
  stored: Record<string, Record<string, unknown>>,
  { profile, figure }: Pick<Design, "profile" | "figure">,
  claims: readonly Claim[],
): string {
  const updated = { ...stored, [profile]: { ...stored[profile], [figure]: claims } };
  return JSON.stringify(updated, null, 2) + "\n";
}
