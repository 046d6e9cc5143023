/** Positive pairs. The arms of a study differ in a value of this type and in nothing else. */
import { sha256 } from "../base/hash.ts";

/** What a pair is: two views of one image, two images of one class, or a mistake. */
export type PairKind = "augmented" | "semantic" | "false";

/** Where a partner came from. */
export type PairOrigin = "same image" | "same class" | "curated file" | "mined";

/**
 * Pairs of image indices of one data set. An epoch visits `perEpoch` consecutive pairs once each:
 * epoch e uses pairs e * perEpoch … (e + 1) * perEpoch - 1, starting over after the last.
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
  const bytes = (indices: Int32Array) =>
    new Uint8Array(indices.buffer, indices.byteOffset, indices.byteLength);
  return sha256(
    JSON.stringify({ kind, origin, perEpoch, dataset }),
    bytes(anchors),
    bytes(partners),
  );
}
