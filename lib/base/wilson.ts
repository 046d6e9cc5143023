/** How sure a share is. */

/**
 * Wilson's interval for a share: what else an accuracy on n test images might have been with other
 * images of the same kind.
 *
 * @param share 0 … 1
 * @param z of the normal distribution; 1.96 is for 95 %
 * @see Wilson 1927, "Probable Inference, the Law of Succession, and Statistical Inference"
 * @example
 * ```ts
 * import { ok } from "node:assert/strict";
 * const { low, high } = wilsonInterval(0.9, 100);
 * ok(Math.abs(low - 0.8256) < 1e-4 && Math.abs(high - 0.9448) < 1e-4);
 * ```
 */
export function wilsonInterval(
  share: number,
  n: number,
  z = 1.959963984540054,
): { low: number; high: number } {
  const middle = share + z * z / (2 * n);
  const half = z * Math.sqrt(share * (1 - share) / n + z * z / (4 * n * n));
  const divisor = 1 + z * z / n;
  return { low: (middle - half) / divisor, high: (middle + half) / divisor };
}
