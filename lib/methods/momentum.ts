/** How slowly a momentum encoder follows, over a run. */
import type { Schedule } from "./method.ts";

/**
 * From `tau` to `final` by half a cosine:
 *   tau_k = final - (final - tau) (cos(pi k / K) + 1) / 2   at step k of K
 * It is constant, as in MoCo v1 and v2, where both are the same.
 *
 * @see Grill et al. 2020, BYOL, section 3.3 (arXiv 2006.07733), where final is 1
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * strictEqual(cosineTau(0.5, 1)({ step: 5, total: 10, perEpoch: 2 }), 0.75);
 * ```
 */
export function cosineTau(tau: number, final: number): Schedule {
  return ({ step, total }) => final - (final - tau) * (Math.cos(Math.PI * step / total) + 1) / 2;
}
