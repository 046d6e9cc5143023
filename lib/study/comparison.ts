/** Both arms beside each other, seed by seed. */
import { Problem } from "../base/problem.ts";
import type { Family } from "../methods/method.ts";
import type { Arm } from "./cell.ts";
import { average, type PairedDifference, pairedDifference } from "./stats.ts";

/** One number that was measured of one backbone. */
export interface Observation {
  /** As it is written in a figure. */
  method: string;
  family: Family | "none";
  arm: Arm;
  seed: number;
  /** On what it was measured: a data set, a factor, a kind of views. */
  subject: string;
  /** What was measured, e.g. `linear`, `AP50`. */
  measure: string;
  /** Shares in percent; NaN where it is not defined. */
  value: number;
  /** Where each seed draws its test images anew, see `Redrawn`. */
  testToTrain?: number;
}

/** How much more the semantic arm has; `mean` … in the unit of the measure. */
export interface Comparison extends PairedDifference {
  method: string;
  family: Family | "none";
  subject: string;
  measure: string;
  /** Means over the seeds. */
  augmented: number;
  semantic: number;
  /** Likewise, the backbone as it is initialised; null where it was not measured. */
  untrained: number | null;
  seeds: number[];
  /** The difference of each seed. */
  differences: number[];
}

/** Whether the arm that a gain is measured from knows more than random weights do; null: not known. */
export function baselineLearned(
  { augmented, untrained }: Pick<Comparison, "augmented" | "untrained">,
): boolean | null {
  return untrained === null ? null : augmented > untrained;
}

/**
 * The paired difference of the arms for each method, subject and measure. Untrained rows are the
 * floor. What is not defined for one of the backbones is not compared.
 *
 * @throws {Problem} naming the first observation that lacks its partner in the other arm, or is there
 *   twice
 */
export function compareArms(rows: readonly Observation[]): Comparison[] {
  const place = ({ subject, measure }: Observation) => `${subject}, ${measure}`;
  const [untrained, trained] = [true, false].map((floor) =>
    rows.filter(({ arm }) => (arm === "untrained") === floor)
  );
  const floors = Map.groupBy(untrained, place);
  return Map.groupBy(trained, (row) => `${row.method}, ${place(row)}`).entries()
    .filter(([, group]) => group.every(({ value }) => !Number.isNaN(value)))
    .map(([name, group]) => {
      const floor = floors.get(place(group[0]))?.map(({ value }) => value);
      return { ...compare(name, group), untrained: floor ? average(floor) : null };
    }).toArray();
}

/** Pairs the arms of one method, subject and measure by their seeds. */
function compare(name: string, rows: Observation[]): Omit<Comparison, "untrained"> {
  const [{ method, family, subject, measure, testToTrain }] = rows;
  const seeds = [...new Set(rows.map(({ seed }) => seed))].sort((a, b) => a - b);
  const of = (arm: Arm) =>
    seeds.map((seed) => {
      const found = rows.filter((row) => row.arm === arm && row.seed === seed);
      if (found.length === 1) return found[0].value;
      throw new Problem(
        `${name}: ${found.length} ${arm} runs of seed ${seed}, and a paired comparison needs ` +
          "one: run the whole study",
      );
    });
  const [a, b] = [of("augmented"), of("semantic")];
  return {
    ...{ method, family, subject, measure },
    augmented: average(a),
    semantic: average(b),
    ...pairedDifference(a, b, { testToTrain }),
    seeds,
    differences: seeds.map((_, i) => b[i] - a[i]),
  };
}

/**
 * What each arm adds to augmented pairs, an arm a subject: in every comparison `semantic` is the level
 * of the arm, whichever it is.
 *
 * @param rows of one subject, whose name the arms' take the place of
 */
export function armGains(rows: readonly Observation[]): (Comparison & { arm: Arm })[] {
  const arms = new Set(rows.map(({ arm }) => arm)).difference(new Set(["augmented", "untrained"]));
  return [...arms].flatMap((arm) => {
    const taken = rows.filter((row) => [arm, "augmented", "untrained"].includes(row.arm));
    const renamed = taken.map((row): Observation => (
      { ...row, arm: row.arm === arm ? "semantic" : row.arm, subject: arm }
    ));
    return compareArms(renamed).map((gain) => ({ ...gain, arm }));
  });
}

/** The same rows, with the untrained backbone's under the name of every method: the floor of each. */
export function withFloors(rows: readonly Observation[]): Observation[] {
  const floors = rows.filter(({ arm }) => arm === "untrained");
  const trained = rows.filter(({ arm }) => arm !== "untrained");
  return Map.groupBy(trained, ({ method }) => method).entries().flatMap(([method, group]) => [
    ...floors.map((row) => ({ ...row, method, family: group[0].family })),
    ...group,
  ]).toArray();
}
