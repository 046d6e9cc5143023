/**
 * Measuring several things against each other on a machine that is not quiet: all of them in turn,
 * round after round, so that a slow minute hits each; then the median and the range of the rounds.
 */
import type { Progress } from "../../../lib/base/progress.ts";

/** The rounds of one thing that was measured. */
export interface Summary {
  median: number;
  low: number;
  high: number;
}

/**
 * Measures each case once a round.
 *
 * @param cases by name; each does its work once and returns the measured value
 */
export async function inTurn<Name extends string>(
  cases: Record<Name, () => Promise<number>>,
  { rounds, progress }: { rounds: number; progress: Progress },
): Promise<Record<Name, Summary>> {
  const names = Object.keys(cases) as Name[];
  const values = new Map<Name, number[]>(names.map((name) => [name, []]));
  const total = rounds * names.length;
  let done = 0;
  for (let round = 0; round < rounds; round++) {
    for (const name of names) {
      progress(done++, total, name);
      values.get(name)!.push(await cases[name]());
    }
  }
  progress(total, total);
  const summaries = names.map((name) => [name, summary(values.get(name)!)]);
  return Object.fromEntries(summaries) as Record<Name, Summary>;
}

/** Median, lowest and highest of at least one value. */
export function summary(values: number[]): Summary {
  return { median: median(values), low: Math.min(...values), high: Math.max(...values) };
}

/** Of at least one value; between the middle two of an even number. */
export function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return (sorted[Math.floor(middle)] + sorted[Math.ceil(middle)]) / 2;
}
