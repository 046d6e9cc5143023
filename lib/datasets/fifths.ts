/** Numbers that vary steadily, such as light or angles, as fifths of their distribution. */

/** With more values than this, numbers are taken by fifths. */
const MOST_VALUES = 20;

/** Whether all values are numbers, and too many to be taken one by one. */
export function variesSteadily(values: readonly (string | number)[]): values is number[] {
  return new Set(values).size > MOST_VALUES && values.every((value) => typeof value === "number");
}

/** The four numbers between the fifths, and the fifth, 0 … 4, that a value falls into. */
export function fifths(
  numbers: readonly number[],
): { cuts: number[]; fifthOf: (value: string | number) => number } {
  const sorted = numbers.toSorted((a, b) => a - b);
  const cuts = [1, 2, 3, 4].map((k) => sorted[Math.floor(k * sorted.length / 5)]);
  return { cuts, fifthOf: (value) => cuts.filter((cut) => Number(value) >= cut).length };
}
