/** What a formula needs to mean anything. */
import { Problem } from "../base/problem.ts";

/** @throws {Problem} naming the first of the numbers that is not above 0 */
export function requirePositive(method: string, options: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(options)) {
    if (value > 0 && value < Infinity) continue;
    throw new Problem(`${method}: ${name} is ${value}; choose a number above 0`);
  }
}

/** @throws {Problem} for a batch of fewer than two pairs, of which the loss says nothing */
export function requirePairs(method: string, n: number, why: string): void {
  if (n >= 2) return;
  throw new Problem(`${method}: a batch of ${n} pair ${why}; use a batchSize of 2 or more`);
}
