/** Positive pairs. The arms of a study differ in a value of this type and in nothing else. */
import { sha256 } from "../base/hash.ts";

/** What the pairs of a list may be, see {@link PairKind}. */
export const pairKinds = [
  "augmented",
  "semantic",
  "hybrid",
  "both",
  "noisy",
  "curated",
  "mined",
] as const;

/**
 * What the pairs of a list are: two views of one image; two images that share a class; some of
 * either; semantic ones beside which each anchor is its own partner too; semantic ones of which some are false; or what people or miners put together, whatever it
 * is.
 */
export type PairKind = typeof pairKinds[number];

/** Where partners may come from. */
export const pairOrigins = ["same image", "same class", "curated file", "mined"] as const;

/** Where the partners came from. */
export type PairOrigin = typeof pairOrigins[number];

/**
 * Pairs of image indices of one data set. An epoch visits `perEpoch` consecutive pairs once each:
 * epoch e uses pairs e * perEpoch … (e + 1) * perEpoch - 1, starting over after the last. What a
 * single pair is follows from the data set: see `pairKind`.
 */
export interface PairList {
  readonly kind: PairKind;
  readonly origin: PairOrigin;
  readonly anchors: Int32Array;
  readonly partners: Int32Array;
  readonly perEpoch: number;
  /** The hash of the data set that the indices point into. */
  readonly dataset: string;
}

/** The content key of a pair list. */
export function pairListHash(pairs: PairList): string {
  const { kind, origin, perEpoch, dataset, anchors, partners } = pairs;
  return sha256(
    JSON.stringify({ kind, origin, perEpoch, dataset }),
    bytesOf(anchors),
    bytesOf(partners),
  );
}

/** The memory of indices, as it is. */
export function bytesOf({ buffer, byteOffset, byteLength }: Int32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
