/** Yes or no of many things, as text in a JSON file. */

/**
 * Base64 of so many ones and zeros, eight a byte, the first in the highest bit (numpy's `packbits`).
 *
 * @example
 * ```ts
 * import { deepStrictEqual, strictEqual } from "node:assert/strict";
 * strictEqual(packBits(Uint8Array.of(1, 0, 0, 0, 0, 0, 1, 0, 1)), "goA=");
 * deepStrictEqual(unpackBits("goA=", 9), Uint8Array.of(1, 0, 0, 0, 0, 0, 1, 0, 1));
 * ```
 */
export function packBits(bits: Uint8Array): string {
  const bytes = new Uint8Array(Math.ceil(bits.length / 8));
  bits.forEach((bit, i) => bytes[i >> 3] |= bit << (7 - i % 8));
  return bytes.toBase64();
}

/** The first so many ones and zeros of {@link packBits}. */
export function unpackBits(text: string, length: number): Uint8Array {
  const bytes = Uint8Array.fromBase64(text);
  return Uint8Array.from({ length }, (_, i) => bytes[i >> 3] >> (7 - i % 8) & 1);
}
