/**
 * What each question puts to the test, fixed before its runs where it does not say otherwise: a
 * difference of the arms, paired by seed, that is above zero where the claim is right. `judge`
 * corrects for how many there are.
 */
import type { Assessments } from "./assessment.ts";
import type { Hypothesis } from "./claims.ts";
import { baselineLearned, type Comparison } from "./comparison.ts";
import { novelTarget } from "./questions.ts";
import type { PairedDifference } from "./stats.ts";

/** The comparisons of some measures, in the order of these. */
export function ofMeasures(
  rows: readonly Comparison[],
  measures: readonly string[],
): Comparison[] {
  return measures.flatMap((measure) => rows.filter((row) => row.measure === measure));
}

/** Of scenes: what becomes of images on other backgrounds; on their own, the accuracy says all. */
export function ofSwaps(rows: readonly Comparison[]): Comparison[] {
  return rows.filter(({ subject, measure }) =>
    /^background (of|alone)|on black/.test(subject) ||
    subject === "background as it is" && measure === "accuracy"
  );
}

/** What probes and neighbours would have by chance, a row a factor: the same for every backbone. */
export function chances(rows: readonly Comparison[]): Record<string, string | number>[] {
  const known = rows.filter(({ measure }) => measure.endsWith(", chance"));
  return Map.groupBy(known, ({ subject }) => subject).entries().map(([factor, of]) => ({
    factor,
    ...Object.fromEntries(
      of.map(({ measure, augmented }) => [`${measure}, percent`, Math.round(10 * augmented) / 10]),
    ),
  })).toArray();
}

/**
 * Semantic pairs transfer better to classes that pretraining has not seen, by three protocols, and, by
 * the first of them, to other data sets where the profile has some.
 */
export function transferHypotheses(
  design: Assessments,
  rows: readonly Comparison[],
): Hypothesis[] {
  const target = novelTarget(design);
  const judged = ofMeasures(rows, ["linear", "5-shot", "fine-tuned"])
    .filter(({ subject, measure }) =>
      subject === target || measure === "linear" && subject.startsWith("transfer to ")
    );
  return hypotheses(judged, "semantic pairs transfer better");
}

/** Detectors on backbones of semantic pairs find more, by COCO's AP, frozen and fine-tuned. */
export function detectionHypotheses(rows: readonly Comparison[]): Hypothesis[] {
  return hypotheses(ofMeasures(rows, ["AP"]), "semantic pairs detect better");
}

/** The paper's three kinds of nuisance; where they are not known, what is measured in their place. */
const nuisance = ["background", "texture", "light", "contrast", "warmth"];

/** Semantic pairs depend less on nuisance: it explains a smaller share of the features' variance. */
export function invarianceHypotheses(rows: readonly Comparison[]): Hypothesis[] {
  const judged = ofMeasures(rows, ["explained variance"])
    .filter(({ subject }) => nuisance.includes(subject));
  return hypotheses(judged, "semantic pairs depend less on nuisance", { lower: true });
}

/** Changes that no kind of views makes, at their strongest; asked after first results were known. */
const beyond = ["rotation 5", "gaussianNoise 5", "jpegCompression 5"];

/**
 * Semantic pairs are more invariant to what no view varies: features of a changed image stay nearer to
 * what they were.
 */
export function beyondHypotheses(rows: readonly Comparison[]): Hypothesis[] {
  const judged = ofMeasures(rows, ["invariance"]).filter(({ subject }) => beyond.includes(subject));
  return hypotheses(judged, "semantic pairs are more invariant to what no view varies");
}

/** One hypothesis a comparison; of what should be less, e.g. of nuisance, the reverse. */
function hypotheses(
  rows: readonly Comparison[],
  claim: string,
  { lower = false } = {},
): Hypothesis[] {
  return rows.map((row) => ({
    claim,
    method: row.method,
    evaluation: `${row.subject}, ${row.measure}`,
    difference: lower ? negated(row) : row,
    baselineLearned: lower ? null : baselineLearned(row),
  }));
}

const negated = ({ mean, low, high, dz, ...rest }: PairedDifference): PairedDifference => (
  { ...rest, mean: -mean, low: -high, high: -low, dz: -dz }
);
