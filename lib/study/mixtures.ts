/** Mixtures: how much of the gain is left with fewer semantic pairs, and with false ones among them. */
import type { Arm, Evaluation, Probe } from "./cell.ts";
import type { Hypothesis } from "./claims.ts";
import { armGains, baselineLearned, type Comparison } from "./comparison.ts";
import { type Accuracy, asObservations } from "./rows.ts";
import { type PairedDifference, pairedDifference } from "./stats.ts";

/** What a mixture adds to augmented pairs; `mean` … in percentage points, `semantic` is its own level. */
export interface MixtureGain extends Omit<Comparison, "subject" | "measure"> {
  mixture: "hybrid" | "curriculum" | "noisy" | "both";
  /**
   * The share of semantic pairs, or of epochs with them, 0 … 1; or the rate at which semantic pairs are
   * false.
   */
  amount: number;
  evaluation: Evaluation;
  probe: Probe;
}

/**
 * The paired gain of each mixture over augmented pairs, of semantic pairs as well: these are the
 * hybrid and the curriculum of share 1, and the noisy pairs of rate 0. Rows of a method by mixture and
 * amount.
 *
 * @param rows of one evaluation and probe
 */
export function mixtureGains(rows: readonly Accuracy[]): MixtureGain[] {
  const [{ evaluation, probe }] = rows;
  return armGains(asObservations(rows)).flatMap(({ arm, subject: _, measure: __, ...gain }) =>
    placesOf(arm).map((place): MixtureGain => ({ ...gain, ...place, evaluation, probe }))
  ).sort((a, b) => order(a.method, b.method) || order(a.mixture, b.mixture) || a.amount - b.amount);
}

const order = (a: string, b: string) => Number(a > b) - Number(a < b);

/** Where an arm stands on the two axes. */
function placesOf(arm: Arm): Pick<MixtureGain, "mixture" | "amount">[] {
  if (arm === "semantic") {
    return [
      { mixture: "hybrid", amount: 1 },
      { mixture: "curriculum", amount: 1 },
      { mixture: "noisy", amount: 0 },
    ];
  }
  if (arm === "augmented" || arm === "untrained") return [];
  if (arm === "both") return [{ mixture: "both", amount: 1 }];
  const [mixture, amount] = arm.split(" ") as [MixtureGain["mixture"], string];
  return [{ mixture, amount: Number(amount) }];
}

/** For each method and rate the hypothesis that pairs without false ones are better. */
export function falsePairHypotheses(gains: readonly MixtureGain[]): Hypothesis[] {
  return ofMixture(gains, "noisy").filter(({ gain }) => gain.amount > 0).map((
    { gain, semantic },
  ) => (
    hypothesis("false pairs lower the gain", gain, {
      evaluation: `${gain.evaluation}, ${100 * gain.amount} % false`,
      difference: pairedDifference(gain.differences, semantic.differences),
    })
  ));
}

/**
 * For each method and mixture of right pairs the hypothesis that it beats both arms: its difference is
 * the one from the arm against which there is less to show, for only who beats that one beats both (an
 * intersection-union test, Berger 1982). Who is worse than one of two arms has had two chances for it:
 * there p counts twice (Bonferroni).
 */
export function hybridHypotheses(gains: readonly MixtureGain[]): Hypothesis[] {
  const semanticOf = new Map(
    ofMixture(gains, "hybrid").map(({ gain: { method }, semantic }) => [method, semantic]),
  );
  const mixed = gains.filter(({ mixture, amount }) =>
    mixture === "both" || mixture !== "noisy" && amount < 1
  );
  return mixed.map((gain) => {
    const semantic = semanticOf.get(gain.method)!;
    const against = pairedDifference(semantic.differences, gain.differences);
    const least = shown(against) <= shown(gain) ? against : gain;
    return hypothesis("hybrids beat both arms", gain, {
      evaluation: `${gain.evaluation}, ${inWords(gain)}`,
      difference: least.mean < 0 ? { ...least, p: Math.min(1, 2 * least.p) } : least,
    });
  });
}

function inWords({ mixture, amount }: MixtureGain): string {
  const percent = `${Math.round(100 * amount)} %`;
  if (mixture === "both") return "both kinds at once, twice the views";
  return mixture === "hybrid" ? `${percent} semantic` : `last ${percent} of epochs semantic`;
}

/** How much a difference shows; without a spread to judge by, nothing. */
const shown = ({ dz }: PairedDifference) => Number.isNaN(dz) ? 0 : dz;

/** The gains of a mixture, each with that of the semantic pairs of its method. */
function ofMixture(gains: readonly MixtureGain[], mixture: "hybrid" | "noisy") {
  const of = gains.filter((gain) => gain.mixture === mixture);
  const whole = mixture === "hybrid" ? 1 : 0;
  return of.map((gain) => {
    const semantic = of.find(({ method, amount }) => method === gain.method && amount === whole)!;
    return { gain, semantic };
  });
}

function hypothesis(
  claim: string,
  gain: MixtureGain,
  rest: Pick<Hypothesis, "evaluation" | "difference">,
): Hypothesis {
  return { claim, method: gain.method, ...rest, baselineLearned: baselineLearned(gain) };
}

/** Where the gain of a method is gone. */
export interface Vanishing {
  method: string;
  /** The rate of false pairs at which the mean gain crosses zero, by linear interpolation. */
  rate: number | null;
  /** Likewise of each seed; null where there is a gain at every rate that was tried, or at none. */
  seeds: (number | null)[];
  /** The largest rate that was tried. */
  tried: number;
}

/** For each method the rate of false pairs at which its gain over augmented pairs is gone. */
export function vanishing(gains: readonly MixtureGain[]): Vanishing[] {
  const noisy = gains.filter(({ mixture }) => mixture === "noisy");
  return [...Map.groupBy(noisy, ({ method }) => method)].map(([method, of]) => {
    const along = of.toSorted((a, b) => a.amount - b.amount);
    const crossed = (valueOf: (gain: MixtureGain) => number) =>
      crossing(along.map((gain) => [gain.amount, valueOf(gain)]));
    return {
      method,
      rate: crossed(({ mean }) => mean),
      seeds: along[0].seeds.map((_, i) => crossed(({ differences }) => differences[i])),
      tried: along.at(-1)!.amount,
    };
  });
}

/** Where a line through the points first falls to zero; null where it starts there or never does. */
function crossing(points: [x: number, y: number][]): number | null {
  for (const [i, [x, y]] of points.entries()) {
    if (i === 0 && y <= 0) return null;
    if (i === 0 || y > 0) continue;
    const [before, above] = points[i - 1];
    return before + (x - before) * above / (above - y);
  }
  return null;
}
