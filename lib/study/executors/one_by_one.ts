/** Work one by one, in this process. */
import { Problem } from "../../base/problem.ts";
import { silent } from "../../base/progress.ts";
import type { Watch } from "../watch.ts";

/**
 * Does something with each item; one that fails does not keep the others from being done.
 *
 * @param work returns what is to be said of it
 * @param progress counts the items that have ended; its note says what is being done
 * @returns what failed, and why: messages of Problems
 */
export async function oneByOne<T>(
  items: readonly T[],
  { nameOf, work, progress = silent, signal }: Watch & {
    nameOf: (item: T) => string;
    work: (item: T, watch: Watch) => Promise<string>;
  },
): Promise<string[]> {
  const failures: string[] = [];
  for (const [done, item] of items.entries()) {
    signal?.throwIfAborted();
    const name = nameOf(item);
    const says = (done: number, note: string) => progress(done, items.length, `${name}: ${note}`);
    const watch: Watch = { progress: (_, __, note) => says(done, note ?? ""), signal };
    try {
      says(done + 1, await work(item, watch));
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof Problem)) throw error;
      failures.push(`${name}: ${error.message}`);
      says(done + 1, error.message);
    }
  }
  return failures;
}
