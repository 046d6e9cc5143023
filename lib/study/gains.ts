/** What semantic pairs add to each method: accuracies of both arms, seed by seed. */
import { prng } from "../base/prng.ts";
import type { Arm, Evaluation, Probe } from "./cell.ts";
import { compareArms, type Comparison } from "./comparison.ts";
import { type Accuracy, asObservations, shareTest } from "./rows.ts";
import { bootstrapGain, type Interval } from "./stats.ts";

/** What semantic pairs add to a method in one evaluation; `mean` … in percentage points. */
export interface Gain extends Omit<Comparison, "subject" | "measure"> {
  evaluation: Evaluation;
  probe: Probe;
  /** Over seeds and test images, see `bootstrapGain`; null where runs have not kept who was right. */
  bootstrap: Interval | null;
}

/**
 * The paired gain of each method in each evaluation by each probe, see {@link compareArms}.
 *
 * @throws {Problem} naming the first run that lacks its partner in the other arm, or is there twice
 */
export function gains(rows: readonly Accuracy[]): Gain[] {
  const groups = Map.groupBy(rows, nameOf);
  return compareArms(asObservations(rows)).map(({ subject, measure, ...gain }) => {
    const named = { ...gain, evaluation: subject as Evaluation, probe: measure as Probe };
    return { ...named, bootstrap: bootstrapOf(groups.get(nameOf(named))!, gain.seeds) };
  });
}

const nameOf = ({ method, evaluation, probe }: Pick<Accuracy, "method" | "evaluation" | "probe">) =>
  `${method}, ${evaluation}, ${probe}`;

/** @param rows of one method, evaluation and probe */
function bootstrapOf(rows: readonly Accuracy[], seeds: readonly number[]): Interval | null {
  const of = (arm: Arm) =>
    seeds.map((seed) => rows.find((row) => row.arm === arm && row.seed === seed)!.hits);
  const [a, b] = [of("augmented"), of("semantic")];
  const known = (hits: typeof a): hits is Uint8Array[] => hits.every((hit) => hit !== undefined);
  if (!known(a) || !known(b)) return null;
  return bootstrapGain(a, b, { sameImages: shareTest(rows), random: prng(nameOf(rows[0])) });
}
