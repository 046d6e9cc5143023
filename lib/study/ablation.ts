/** The ablation of augmentations: what each arm loses when they are taken away. */
import type { Assessed, Assessments } from "./assessment.ts";
import { observations } from "./assess.ts";
import type { Hypothesis } from "./claims.ts";
import type { Observation } from "./comparison.ts";
import { kindOfViews, novelTarget } from "./questions.ts";
import { average, pairedDifference } from "./stats.ts";

/**
 * The observations with the kind of views as their subject, and target and protocol as their measure.
 * The untrained backbone, which has seen no views, stands in every kind.
 *
 * @param measures of the transfer task, e.g. `linear`
 */
export function byViews(
  assessed: readonly Assessed[],
  measures: readonly string[],
): Observation[] {
  const rows = assessed.flatMap((one) => {
    const views = kindOfViews(one.inputs.pretraining.cell);
    return observations([one]).filter(({ measure }) => measures.includes(measure))
      .map((row) => ({ ...row, subject: views, measure: `${row.subject}, ${row.measure}` }));
  });
  const trained = rows.filter(({ arm }) => arm !== "untrained");
  const kinds = [...new Set(trained.map(({ subject }) => subject))];
  const floor = rows.filter(({ arm }) => arm === "untrained");
  return kinds.flatMap((subject) => [
    ...floor.map((row) => ({ ...row, subject })),
    ...trained.filter((row) => row.subject === subject),
  ]);
}

/** What verdicts hang on, of a design: the linear probe, on classes seen and not seen. */
export function judgedOf(design: Assessments): string[] {
  const { targets } = design.assessments
    .map(({ task }) => task).find((task) => task.kind === "transfer")!;
  const inDomain = targets.find((target) =>
    ["held-out scenes", "held-out images"].includes(target)
  );
  return [novelTarget(design), inDomain]
    .filter((target) => target !== undefined).map((target) => `${target}, linear`);
}

/**
 * For each method and some measures the hypothesis that the semantic arm loses less when augmentation is
 * weakened: from the first kind of views to the last, less than the augmented arm, seed by seed. Who
 * gains by it loses less than nothing.
 */
export function dependence(
  rows: readonly Observation[],
  measures: readonly string[],
): Hypothesis[] {
  return byMethod(rows, measures).map(({ method, measure, values }) => ({
    claim: "semantic pairs lose less when views get weaker",
    method,
    evaluation: measure,
    difference: pairedDifference(losses(values("semantic")), losses(values("augmented"))),
    baselineLearned: null,
  }));
}

/** What each arm makes of weaker views, a row an arm: from the first kind to the last, and the change. */
export function changesByArm(rows: readonly Observation[], measures: readonly string[]) {
  return byMethod(rows, measures).flatMap(({ method, measure, kinds, values }) =>
    (["augmented", "semantic"] as const).map((arm) => {
      const [first, last] = values(arm);
      const { mean, low, high, n } = pairedDifference(first, last);
      return {
        ...{ method, measure, arm },
        [kinds[0]]: average(first),
        [kinds.at(-1)!]: average(last),
        ...{ change: mean, low, high, n },
      };
    })
  );
}

/** Of each method and measure, what the seeds of an arm reach with the first views and the last. */
function byMethod(rows: readonly Observation[], measures: readonly string[]) {
  const trained = rows.filter(({ arm, measure }) =>
    arm !== "untrained" && measures.includes(measure)
  );
  const kinds = [...new Set(trained.map(({ subject }) => subject))];
  return Map.groupBy(trained, ({ method, measure }) => `${method}, ${measure}`).values()
    .map((group) => {
      const values = (arm: Observation["arm"]) =>
        [kinds[0], kinds.at(-1)].map((kind) =>
          group.filter((row) => row.arm === arm && row.subject === kind)
            .sort((a, b) => a.seed - b.seed).map(({ value }) => value)
        );
      return { method: group[0].method, measure: group[0].measure, kinds, values };
    }).toArray();
}

const losses = ([first, last]: number[][]) => first.map((value, i) => value - last[i]);
