/** What semantic pairs add to each method: accuracies of both arms, seed by seed. */
import type { Evaluation, Probe } from "./cell.ts";
import { compareArms, type Comparison } from "./comparison.ts";
import type { Accuracy } from "./rows.ts";

/** What semantic pairs add to a method in one evaluation; `mean` … in percentage points. */
export interface Gain extends Omit<Comparison, "subject" | "measure"> {
  evaluation: Evaluation;
  probe: Probe;
}

/**
 * The paired gain of each method in each evaluation by each probe, see {@link compareArms}.
 *
 * @throws {Problem} naming the first run that lacks its partner in the other arm, or is there twice
 */
export function gains(rows: readonly Accuracy[]): Gain[] {
  const observations = rows.map(({ evaluation, probe, accuracy, ...row }) => (
    { ...row, subject: evaluation, measure: probe, value: accuracy }
  ));
  return compareArms(observations).map(({ subject, measure, ...gain }) => (
    { ...gain, evaluation: subject as Evaluation, probe: measure as Probe }
  ));
}
