/** Orders one by one, in this process. */
import { silent } from "../../base/progress.ts";
import type { Watch } from "../watch.ts";
import { type Order, perform } from "./order.ts";

/**
 * Carries out orders; one that fails does not keep the others from being carried out.
 *
 * @param progress counts the orders that have ended; its note says what is being done
 * @returns what failed, and why: messages of Problems
 */
export async function oneByOne(
  orders: readonly Order[],
  { progress = silent, signal, team }: Watch,
): Promise<string[]> {
  const failures: string[] = [];
  for (const [done, order] of orders.entries()) {
    signal?.throwIfAborted();
    const start = performance.now();
    const says = (done: number, note: string) =>
      progress(done, orders.length, `${order.name}: ${note}`);
    const watch: Watch = { progress: (_, __, note) => says(done, note ?? ""), signal, team };
    const problem = await perform(order, watch);
    if (problem) failures.push(problem);
    says(done + 1, `${((performance.now() - start) / 1000).toFixed(0)} s`);
  }
  return failures;
}
