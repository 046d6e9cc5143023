/** Who becomes whose partner: random permutations with some places forbidden. */
import type { Prng } from "../base/prng.ts";

/**
 * A random permutation p of 0 … n - 1 with `allowed(i, p[i])` for every i, or undefined where none
 * exists. A random permutation keeps what is allowed of it; each i that is left takes its place
 * along an augmenting path (Kuhn's bipartite matching), which finds a solution whenever there is
 * one.
 *
 * @example No fixed points.
 * ```ts
 * import { prng } from "../base/prng.ts";
 * import { ok } from "node:assert/strict";
 * const p = permutation(5, { prng: prng(1), allowed: (i, j) => i !== j })!;
 * ok(p.every((j, i) => j !== i));
 * ```
 */
export function permutation(
  n: number,
  { prng, allowed }: { prng: Prng; allowed: (i: number, j: number) => boolean },
): number[] | undefined {
  const image = prng.shuffle(Array(n).keys()); // where it is not allowed, replaced below
  const taker = new Int32Array(n); // j -> the i that holds it, or -1
  image.forEach((j, i) => taker[j] = allowed(i, j) ? i : -1);
  const waiting = prng.shuffle(image.keys().filter((i) => taker[image[i]] !== i));
  const order = prng.shuffle(Array(n).keys());
  const places = untriedPlaces(n);
  const seat = (first: number): boolean => {
    const path = [{ i: first, at: -1 }]; // each but the first holds the place before
    while (path.length > 0) {
      const step = path[path.length - 1];
      do step.at = places.from(step.at + 1); while (
        step.at < n && !allowed(step.i, order[step.at])
      );
      if (step.at === n) {
        path.pop();
        continue;
      }
      places.remove(step.at);
      const holder = taker[order[step.at]];
      if (holder >= 0) path.push({ i: holder, at: -1 });
      else {
        for (const { i, at } of path) taker[image[i] = order[at]] = i;
        break;
      }
    }
    places.restore();
    return path.length > 0;
  };
  return waiting.every(seat) ? image : undefined;
}

/** Places 0 … n - 1, of which those that were tried are leapt over (union-find). */
function untriedPlaces(n: number) {
  const next = Int32Array.from({ length: n + 1 }, (_, at) => at);
  let removed: number[] = [];
  return {
    /** The first untried place from `at` on; n if there is none. */
    from: (at: number): number => {
      while (next[at] !== at) at = next[at] = next[next[at]];
      return at;
    },
    remove: (at: number) => {
      next[at] = at + 1;
      removed.push(at);
    },
    restore: () => {
      for (const at of removed) next[at] = at;
      removed = [];
    },
  };
}
