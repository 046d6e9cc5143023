/** Many short texts in one buffer: a million file names as strings would take 100 MB. */

/** A list of texts that costs their bytes and four more each. */
export interface TextList {
  /** UTF-8, one text after the other. */
  bytes: Uint8Array;
  /** Where each text ends. */
  ends: Int32Array;
}

/** Packs texts; 2 GiB at most. */
export function textList(texts: readonly string[]): TextList {
  const encoder = new TextEncoder();
  const ends = new Int32Array(texts.length);
  let bytes = new Uint8Array(64 * texts.length + 64), size = 0;
  texts.forEach((text, i) => {
    if (size + 3 * text.length > bytes.length) {
      const larger = new Uint8Array(2 * (bytes.length + 3 * text.length));
      larger.set(bytes);
      bytes = larger;
    }
    size += encoder.encodeInto(text, bytes.subarray(size)).written;
    ends[i] = size;
  });
  return { bytes: bytes.slice(0, size), ends };
}

/** Text i. */
export function textAt({ bytes, ends }: TextList, i: number): string {
  return new TextDecoder().decode(bytes.subarray(i === 0 ? 0 : ends[i - 1], ends[i]));
}
