/** Options that a formula divides by. */
import { Problem } from "../base/problem.ts";

/** @throws {Problem} naming the first of the numbers that is not above 0 */
export function requirePositive(method: string, options: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(options)) {
    if (value > 0 && value < Infinity) continue;
    throw new Problem(`${method}: ${name} is ${value}; choose a number above 0`);
  }
}
