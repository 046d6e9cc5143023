/** Numbers that vary steadily, such as light or angles, as fifths of their distribution. */

/** With more values than this, numbers are taken by fifths. */
const MOST_VALUES = 20;

/** Whether all values are numbers, and too many to be taken one by one. */
export function variesSteadily(values: readonly (string | number)[]): values is number[] {
  return new Set(values).size > MOST_VALUES && values.every((value) => typeof value === "number");
}

/**
 * The numbers between the fifths, and the fifth, 0 … 4, that a value falls into. Where more than a
 * fifth of the numbers are one value, there are fewer parts.
 */
export function fifths(
  numbers: readonly number[],
): { cuts: number[]; fifthOf: (value: string | number) => number } {
  const sorted = numbers.toSorted((a, b) => a - b);
  const least = sorted[0], next = sorted.find((value) => value > least) ?? least;
  const at = (k: number) => Math.max(next, sorted[Math.floor(k * sorted.length / 5)]);
  const cuts = [...new Set([1, 2, 3, 4].map(at))]; // none at the least number: it would part nothing
  return { cuts, fifthOf: (value) => cuts.filter((cut) => Number(value) >= cut).length };
}
