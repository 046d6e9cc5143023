/** Content keys: equal content gives an equal key, on every machine. */
import { createHash } from "node:crypto";
import canonicalize from "canonicalize";

/** SHA-256 of bytes or text, in hex. */
export function sha256(...parts: (Uint8Array | string)[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest("hex");
}

/**
 * The key of a plain JSON value: SHA-256 of its canonical form (RFC 8785), so that neither the order
 * of fields nor white space matters.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * strictEqual(keyOf({ a: 1, b: 2 }), keyOf({ b: 2, a: 1 }));
 * ```
 */
export function keyOf(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError("keyOf: the value is not JSON");
  return sha256(text);
}
