/** Noise of a sensor: Gaussian, of photons, and of dead elements; independent in every channel. */
import { bytewise, type Change } from "./change.ts";

/** @param sigma of values in 0 … 1 */
export const gaussianNoise = (sigma: number): Change =>
  bytewise((byte, random) => byte + 255 * sigma * random.normal());

/**
 * A Poisson-distributed number of photons instead of the expected one.
 *
 * @param photons expected where a channel is at its brightest
 */
export function shotNoise(photons: number): Change {
  const tables = Array.from(
    { length: 256 },
    (_, byte) => poisson(photons * byte / 255, photons),
  );
  return bytewise((byte, random) => 255 * drawFrom(tables[byte], random.next()) / photons);
}

/** P(at most k) for k = 0 … count - 1; more than that looks the same. */
function poisson(mean: number, count: number): Float64Array {
  const cumulative = new Float64Array(count);
  for (let k = 0, probability = Math.exp(-mean), sum = 0; k < count; k++) {
    cumulative[k] = sum += probability;
    probability *= mean / (k + 1);
  }
  return cumulative;
}

/** The first k whose cumulative probability exceeds u; the table's length where none does. */
function drawFrom(cumulative: Float64Array, u: number): number {
  let low = 0, high = cumulative.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (cumulative[middle] > u) high = middle;
    else low = middle + 1;
  }
  return low;
}

/**
 * Salt and pepper.
 *
 * @param amount part of the values that become 0 or 255, either as often
 */
export const impulseNoise = (amount: number): Change =>
  bytewise((byte, random) => {
    const u = random.next();
    return u >= amount ? byte : u < amount / 2 ? 0 : 255;
  });
