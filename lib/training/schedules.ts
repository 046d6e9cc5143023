/** How a quantity changes over the steps of a training run. */

/**
 * Linear warm-up to `peak`, then half a cosine down to 0:
 *   peak (t + 1) / w                             for t < w
 *   peak (1 + cos(pi (t - w) / (T - w))) / 2     after that
 * with T steps in all, w of warm-up. The first step already moves, and so does the last.
 *
 * @param t the step, from 0
 * @see Loshchilov & Hutter 2017, "SGDR", eq. 5 (arXiv 1608.03983); Goyal et al. 2017, section 2.2
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * const rate = warmupCosine({ peak: 0.4, warmup: 4, total: 10 });
 * strictEqual(rate(0), 0.1);
 * strictEqual(rate(4), 0.4);
 * strictEqual(rate(7), 0.2);
 * ```
 */
export function warmupCosine(
  { peak, warmup, total }: { peak: number; warmup: number; total: number },
): (t: number) => number {
  return (t) =>
    t < warmup
      ? peak * (t + 1) / warmup
      : peak * (1 + Math.cos(Math.PI * (t - warmup) / (total - warmup))) / 2;
}
