/** Text that arrives in pieces, as lines. */

/**
 * The lines of a stream of UTF-8, without their ends; what follows the last end is left out.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * const pieces = ReadableStream.from(["a\nb", "c\n", "d"].map((text) => new TextEncoder().encode(text)));
 * deepStrictEqual(await Array.fromAsync(lines(pieces)), ["a", "bc"]);
 * ```
 */
export async function* lines(
  stream: ReadableStream<Uint8Array>,
): AsyncGenerator<string, undefined> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const bytes of stream) {
    const parts = (rest + decoder.decode(bytes, { stream: true })).split("\n");
    rest = parts.pop()!;
    yield* parts;
  }
}
