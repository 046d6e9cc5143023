/** The ablation of augmentations: what each arm loses when they are taken away. */
import type { Assessed, Assessments } from "./assessment.ts";
import { observations } from "./assess.ts";
import type { Hypothesis } from "./claims.ts";
import type { Observation } from "./comparison.ts";
import { kindOfViews, novelTarget } from "./questions.ts";
import { pairedDifference } from "./stats.ts";

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
 * For each method and some measures the hypothesis that the semantic arm depends less on augmentation: from
 * the first kind of views to the last, it loses less than the augmented arm does, seed by seed.
 */
export function dependence(
  rows: readonly Observation[],
  measures: readonly string[],
): Hypothesis[] {
  const trained = rows.filter(({ arm, measure }) =>
    arm !== "untrained" && measures.includes(measure)
  );
  const kinds = [...new Set(trained.map(({ subject }) => subject))];
  return Map.groupBy(trained, ({ method, measure }) => `${method}, ${measure}`).values()
    .map((group): Hypothesis => {
      const [{ method, measure }] = group;
      const losses = (arm: Observation["arm"]) => {
        const of = (kind: string) =>
          group.filter((row) => row.arm === arm && row.subject === kind)
            .sort((a, b) => a.seed - b.seed).map(({ value }) => value);
        const weakest = of(kinds.at(-1)!);
        return of(kinds[0]).map((value, i) => value - weakest[i]);
      };
      return {
        claim: "semantic pairs depend less on augmentation",
        method,
        evaluation: measure,
        difference: pairedDifference(losses("semantic"), losses("augmented")),
        baselineLearned: null,
      };
    }).toArray();
}
