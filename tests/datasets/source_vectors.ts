/** Miniatures of image sets and torchvision's reading of them; see tests/vectors/sources.py. */
import { inflateSync } from "node:zlib";
import content from "../vectors/sources.json" with { type: "json" };

/** What torchvision says of an image; which parts, depends on the set. */
export interface Expected {
  id?: string;
  labels?: number[];
  /** Start of the SHA-256 of the interleaved RGB bytes. */
  pixels?: string;
  /** VOC: class, xmin, ymin, xmax, ymax, difficult of the objects. */
  corners?: [string, number, number, number, number, number][];
  /** COCO: x, y, width, height, label, crowd, area of the objects. */
  boxes?: number[][];
}

interface Vector {
  files: Record<string, Uint8Array>;
  classes: string[] | null;
  splits: Record<string, Expected[]>;
}

const unpack = (of: Record<string, string>) =>
  Object.fromEntries(
    Object.entries(of).map(([name, packed]) => [
      name,
      new Uint8Array(inflateSync(Uint8Array.fromBase64(packed))),
    ]),
  );

export const vectors = {
  synsets: content.synsets as [number, string, string][],
  mats: unpack(content.mats) as Record<"compressed" | "plain" | "uint16", Uint8Array>,
  sets: Object.fromEntries(
    Object.entries(content.sets).map(([name, { files, ...expected }]) => [
      name,
      { ...expected, files: unpack(files) },
    ]),
  ) as Record<string, Vector>,
};
