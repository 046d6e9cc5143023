/** What looking at one image tells: everything that an import keeps of it but where it lies. */
import { crc32 } from "node:zlib";
import { sha256 } from "../../base/hash.ts";
import { messageOf } from "../../base/problem.ts";
import { inspect, type Inspected, planarThumbnail, rowMajor } from "./decode.ts";
import { type Fingerprint, type Hash, perceptualHash, shrink } from "./duplicates.ts";
import { forms } from "./image_index.ts";
import type { ListedImage } from "../source.ts";
import type { Skipped } from "../trees/file_tree.ts";

/** An image that was looked at, or why it cannot be used; plain JSON. */
export type Seen = Skipped | {
  height: number;
  width: number;
  /** One of `forms`. */
  form: number;
  size: number;
  crc: number;
  oddities: string[];
  /** See `Fingerprint`; `gray` in base64. */
  digest: string;
  hash: Hash;
  gray: string;
};

/** Decodes an image and takes its fingerprint. */
export async function look(listed: ListedImage, bytes: Uint8Array): Promise<Seen> {
  const { id, boxes = [], raw } = listed;
  try {
    const seen = raw ? await rawInspected(bytes, raw) : await inspect(bytes, id, {
      asStored: boxes.length > 0,
    });
    const { height, width, oddities, thumbnail } = seen;
    return {
      ...{ height, width, oddities, form: formOf(seen, listed) },
      ...{ size: bytes.length, crc: crc32(bytes) | 0, digest: sha256(bytes) },
      ...{ hash: perceptualHash(thumbnail), gray: shrink(thumbnail).toBase64() },
    };
  } catch (error) {
    return { name: id, reason: messageOf(error) };
  }
}

/** What duplicates are found by. */
export function fingerprintOf({ digest, hash, gray }: Exclude<Seen, Skipped>): Fingerprint {
  return { digest, hash, gray: Uint8Array.fromBase64(gray) };
}

async function rawInspected(
  bytes: Uint8Array,
  raw: NonNullable<ListedImage["raw"]>,
): Promise<Inspected> {
  const thumbnail = await planarThumbnail(rowMajor(bytes, raw), raw);
  return { height: raw.height, width: raw.width, plainJpeg: false, oddities: [], thumbnail };
}

function formOf({ plainJpeg }: Inspected, { raw, boxes = [] }: ListedImage): number {
  if (raw) return raw.columnMajor ? forms.rawColumnMajor : forms.raw;
  if (plainJpeg) return forms.plainJpeg;
  return boxes.length > 0 ? forms.encodedAsStored : forms.encoded;
}
