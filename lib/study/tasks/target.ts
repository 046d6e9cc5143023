/** What the tasks share: the images that they are about, and how numbers are given. */
import { Problem } from "../../base/problem.ts";
import type { Dataset } from "../../datasets/dataset.ts";
import type { Measure } from "../assessment.ts";
import type { Cell, Evaluation } from "../cell.ts";
import { splitsOf } from "../material.ts";

/** What a target's classifiers are fitted and tested on. */
export type Target = { fit: Dataset; test: Dataset };

/**
 * The images of a target.
 *
 * @throws {Problem} where the cell's data has no such target
 */
export async function targetOf({ data }: Cell, target: Evaluation): Promise<Target> {
  const { plan } = await splitsOf(data);
  for (const { fit, tests } of plan) {
    const test = tests.find(({ evaluation }) => evaluation === target);
    if (test) return { fit, test: test.images };
  }
  const known = plan.flatMap(({ tests }) => tests.map(({ evaluation }) => evaluation));
  throw new Problem(`no target "${target}": the data has ${known.join(", ")}`);
}

/** A share, in percent; null where it is not defined. */
export function percent(subject: string, measure: string, share: number): Measure {
  return { subject, measure, value: Number.isFinite(share) ? 100 * share : null };
}
