/** What a controlled change of an image is. */
import type { Prng } from "../../base/prng.ts";
import type { Image } from "../dataset.ts";

/** Makes another image of the same size; what is random about it comes from `random`. */
export type Change = (image: Image, random: Prng) => Image;

/** A change byte by byte; new values are rounded and clipped. */
export function bytewise(change: (byte: number, random: Prng) => number): Change {
  return ({ data, height, width }, random) => {
    const changed = new Uint8Array(data.length);
    for (let p = 0; p < data.length; p++) changed[p] = toByte(change(data[p], random));
    return { data: changed, height, width };
  };
}

/** The nearest byte. */
export const toByte = (x: number): number => x <= 0 ? 0 : x >= 255 ? 255 : x + 0.5 | 0;

/** Remembers what was built for each size of image. */
export function perSize<T>(build: (height: number, width: number) => T): (image: Image) => T {
  const built = new Map<string, T>();
  return ({ height, width }) => {
    const key = `${height} ${width}`, found = built.get(key) ?? build(height, width);
    built.set(key, found);
    return found;
  };
}
