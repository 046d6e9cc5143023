/** From a ranking of detections to precision and recall, whichever rule says what is right. */

/** What becomes of a detection: it finds an object, finds none, or counts neither way. */
export const Outcome = { wrong: 0, right: 1, ignored: 2 } as const;

/**
 * The precision at every recall that is reached: entry k is the highest precision of all ranks down
 * to which more than k objects are found.
 *
 * @param outcomes one for each detection, best score first
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * const { right, wrong, ignored } = Outcome;
 * deepStrictEqual(precisions([wrong, right, ignored, right]), [2 / 3, 2 / 3]);
 * ```
 */
export function precisions(outcomes: Iterable<number>): number[] {
  const found: number[] = [];
  let counted = 0;
  for (const outcome of outcomes) {
    if (outcome !== Outcome.ignored) counted++;
    if (outcome === Outcome.right) found.push((found.length + 1) / counted);
  }
  for (let k = found.length - 2; k >= 0; k--) found[k] = Math.max(found[k], found[k + 1]);
  return found;
}

/**
 * The mean precision over levels of recall, 0 where a level is not reached.
 *
 * @param found what {@link precisions} gives
 * @param objects how many there were to find
 * @param levels 0 … 1, rising
 */
export function interpolated(
  found: readonly number[],
  objects: number,
  levels: readonly number[],
): number {
  let total = 0, k = 0;
  for (const level of levels) {
    while (k < found.length && (k + 1) / objects < level) k++;
    total += found[k] ?? 0;
  }
  return total / levels.length;
}

/** The mean of those that are defined, null where none is. */
export function meanOfDefined(values: readonly (number | null)[]): number | null {
  const defined = values.filter((value) => value !== null);
  return defined.length > 0 ? defined.reduce((a, b) => a + b) / defined.length : null;
}
