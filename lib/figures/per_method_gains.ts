/** What semantic pairs add to each method: one point a seed, the mean and its interval. */
import { from, type Table } from "arquero";
import type { TopLevelSpec } from "vega-lite";
import type { Claim } from "../study/claims.ts";
import type { Gain } from "../study/gains.ts";
import { average, type PairedDifference, seedsNeeded } from "../study/stats.ts";
import { chartConfig, differenceLayers, panels, round, statistics } from "./arms.ts";

/** Blue and orange that also differ in lightness, so that the figure survives a grey printer. */
const probes = ["linear", "kNN"];
const colours = ["#0b4a8f", "#f28e2b"];
const shapes = ["circle", "square"];

/** In domain first; further ones, such as transfer to other data sets, follow as they come. */
const inDomain = ["held-out scenes", "held-out artists", "held-out images"];

/**
 * The study's central figure. A panel an evaluation, a row a method, methods by family and within it
 * by gain; right of the zero line semantic pairs are better.
 *
 * @param gains rows as of `study.gains`
 * @param options.subtitle what the reader should know first, e.g. that a profile shows nothing
 */
export function perMethodGains(
  gains: readonly Gain[],
  { title = "What semantic pairs add to each method", subtitle = "" } = {},
): TopLevelSpec {
  const rows = gains.filter(({ evaluation }) => evaluation !== "pretraining images");
  const evaluations = new Set(rows.map(({ evaluation }) => evaluation));
  const shown = [
    ...new Set(inDomain).intersection(evaluations),
    ...evaluations.difference(new Set(inDomain)),
  ];
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    title: { text: title, subtitle, offset: 12 },
    data: { values: rows.flatMap(spread) },
    facet: panels("evaluation", shown),
    spec: { width: 210, height: { step: 20 }, layer: layers(rows) },
    config: chartConfig,
  } as TopLevelSpec;
}

function layers(rows: readonly Gain[]) {
  const probe = (range: string[]) => ({
    field: "probe",
    type: "nominal",
    scale: { domain: probes, range },
  });
  const row = {
    y: methodAxis(rows),
    yOffset: { field: "probe", type: "nominal", sort: probes },
    color: probe(colours),
  };
  return differenceLayers(row, "gain, percentage points", {
    ...{ tick: 17, point: 34, seed: { shape: probe(shapes) } },
  });
}

/** Each method with its family beneath the name. */
function methodAxis(rows: readonly Gain[]) {
  const familyOf = Object.fromEntries(rows.map(({ method, family }) => [method, `(${family})`]));
  return {
    field: "method",
    type: "nominal",
    sort: byFamilyAndGain(rows),
    title: null,
    axis: {
      grid: true,
      tickBand: "extent",
      labelExpr: `[datum.label, ${JSON.stringify(familyOf)}[datum.label]]`,
      labelLineHeight: 14,
      labelLimit: 220,
    },
  };
}

/** A gain as rows to be drawn: its mean with the interval, and each seed. */
function spread({ method, family, evaluation, probe, mean, low, high, ...gain }: Gain) {
  const place = { method, family, evaluation, probe };
  const bounded = Number.isFinite(low);
  return [
    { ...place, part: "mean", value: mean, low: bounded ? low : null, high: bounded ? high : null },
    ...gain.differences.map((value, i) => ({ ...place, part: "seed", seed: gain.seeds[i], value })),
  ];
}

/** Method names: families as they come, and within one the greatest mean gain first. */
function byFamilyAndGain(gains: readonly Gain[]): string[] {
  const families = [...new Set(gains.map(({ family }) => family))];
  const methods = Map.groupBy(gains, ({ method }) => method).entries().map(([method, rows]) => ({
    method,
    family: families.indexOf(rows[0].family),
    gain: average(rows.filter(({ probe }) => probe === "linear").map(({ mean }) => mean)),
  }));
  return [...methods].sort((a, b) => a.family - b.family || b.gain - a.gain)
    .map(({ method }) => method);
}

/** The table behind the figure: accuracies in percent, gains in percentage points, verdicts. */
export function perMethodGainsTable(gains: readonly Gain[], claims: readonly Claim[]): Table {
  const rows = gains.map((row) => {
    const claim = claims.find(({ method, evaluation }) =>
      row.probe === "linear" && row.method === method && row.evaluation === evaluation
    );
    return {
      method: row.method,
      family: row.family,
      evaluation: row.evaluation,
      probe: row.probe,
      "untrained, %": row.untrained === null ? null : round(row.untrained),
      "augmented, %": round(row.augmented),
      "semantic, %": round(row.semantic),
      "gain, points": round(row.mean),
      ...statistics(row, claim),
      "low, with images": row.bootstrap && round(row.bootstrap.low),
      "high, with images": row.bootstrap && round(row.bootstrap.high),
      "seeds for ±1": seedsFor(row),
    };
  });
  return from(rows).orderby("family", "method");
}

/** How many seeds would make the interval one point either way; null where none are known to. */
function seedsFor({ sd, testToTrain }: PairedDifference): number | null {
  const n = seedsNeeded({ sd, halfWidth: 1, testToTrain });
  return Number.isFinite(n) ? n : null;
}
