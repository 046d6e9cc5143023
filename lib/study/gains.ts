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
  /** Likewise, the backbone as it is initialised; null where no run has it. */
  untrained: number | null;
  seeds: number[];
  /** The gain of each seed. */
  differences: number[];
}

/**
 * The paired gain of each method in each evaluation by each probe. Untrained rows are the floor.
 *
 * @throws {Problem} naming the first run that lacks its partner in the other arm, or is there twice
 */
export function gains(rows: readonly Accuracy[]): Gain[] {
  const trained = rows.filter(({ arm }) => arm !== "untrained");
  const key = ({ method, evaluation, probe }: Accuracy) => `${method}, ${evaluation}, ${probe}`;
  return Map.groupBy(trained, key).entries().map(([name, group]) => ({
    ...compare(name, group),
    untrained: floor(rows, group[0]),
  })).toArray();
}

function floor(rows: readonly Accuracy[], { evaluation, probe }: Accuracy): number | null {
  const same = rows.filter((row) =>
    row.arm === "untrained" && row.evaluation === evaluation && row.probe === probe
  );
  return same.length > 0 ? average(same.map(({ accuracy }) => accuracy)) : null;
}

/** Pairs the arms of one method, evaluation and probe by their seeds. */
function compare(name: string, rows: Accuracy[]): Omit<Gain, "untrained"> {
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
