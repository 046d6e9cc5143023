/** What semantic pairs add to each method: accuracies of both arms, seed by seed. */
import { Problem } from "../base/problem.ts";
import type { Family } from "../methods/method.ts";
import type { Arm, Evaluation, Probe } from "./cell.ts";
import type { Accuracy } from "./rows.ts";
import { average, type PairedDifference, pairedDifference } from "./stats.ts";

/** What semantic pairs add to a method in one evaluation; `mean` … in percentage points. */
export interface Gain extends PairedDifference {
  method: string;
  family: Family | "none";
  evaluation: Evaluation;
  probe: Probe;
  /** Mean accuracies over the seeds, in percent. */
  augmented: number;
  semantic: number;
  seeds: number[];
  /** The gain of each seed. */
  differences: number[];
}

/**
 * The paired gain of each method in each evaluation by each probe. Untrained rows are left out.
 *
 * @throws {Problem} naming the first run that lacks its partner in the other arm, or is there twice
 */
export function gains(rows: readonly Accuracy[]): Gain[] {
  const trained = rows.filter(({ arm }) => arm !== "untrained");
  const key = ({ method, evaluation, probe }: Accuracy) => `${method}, ${evaluation}, ${probe}`;
  return Map.groupBy(trained, key).entries().map(([name, group]) => compare(name, group)).toArray();
}

/** Pairs the arms of one method, evaluation and probe by their seeds. */
function compare(name: string, rows: Accuracy[]): Gain {
  const [{ method, family, evaluation, probe }] = rows;
  const seeds = [...new Set(rows.map(({ seed }) => seed))].sort((a, b) => a - b);
  const of = (arm: Arm) =>
    seeds.map((seed) => {
      const found = rows.filter((row) => row.arm === arm && row.seed === seed);
      if (found.length === 1) return found[0].accuracy;
      throw new Problem(
        `${name}: ${found.length} ${arm} runs of seed ${seed}, and a paired comparison needs ` +
          "one: run the whole study",
      );
    });
  const [a, b] = [of("augmented"), of("semantic")];
  return {
    method,
    family,
    evaluation,
    probe,
    augmented: average(a),
    semantic: average(b),
    ...pairedDifference(a, b),
    seeds,
    differences: seeds.map((_, i) => b[i] - a[i]),
  };
}
