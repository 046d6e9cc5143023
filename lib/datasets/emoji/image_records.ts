/** Made images as plain records: kept in one file that proves itself, seen as a {@link Dataset}. */
import { sha256 } from "../../base/hash.ts";
import type { Box, Dataset, Factors } from "../dataset.ts";

/** Images of one size with all that is known of them. */
export interface ImageRecords {
  name: string;
  classes: string[];
  /** Pixels a side. */
  size: number;
  labels: number[];
  factors: Factors[];
  boxes: Box[][];
  /** [length, 3, size, size] planar bytes. */
  pixels: Uint8Array;
}

/** Records of single images, one after the other. */
export function gather(
  name: string,
  classes: string[],
  size: number,
  labels: number[],
  images: readonly { pixels: Uint8Array; factors: Factors; boxes: Box[] }[],
): ImageRecords {
  const bytes = 3 * size * size;
  const pixels = new Uint8Array(images.length * bytes);
  images.forEach((image, i) => pixels.set(image.pixels, i * bytes));
  const factors = images.map((image) => image.factors), boxes = images.map((image) => image.boxes);
  return { name, classes, size, labels, factors, boxes, pixels };
}

/** The hash of all of the records. */
export function recordsHash({ pixels, ...known }: ImageRecords): string {
  return sha256(pixels, JSON.stringify(known));
}

/** Records as a data set; its images are views into the records' pixels. */
export function toDataset(records: ImageRecords): Dataset {
  const { name, classes, size, labels, factors, boxes, pixels } = records;
  const bytes = 3 * size * size;
  return {
    name,
    classes,
    length: labels.length,
    hash: recordsHash(records),
    image: (i) => ({ data: at(pixels, i), height: size, width: size }),
    label: (i) => labels[i],
    factors: (i) => factors[i],
    boxes: (i) => boxes[i],
  };

  function at(pixels: Uint8Array, i: number): Uint8Array {
    if (!(i >= 0 && i < labels.length)) {
      throw new RangeError(`${name} has no image ${i}: indices run from 0 to ${labels.length - 1}`);
    }
    return pixels.subarray(i * bytes, (i + 1) * bytes);
  }
}

/** One file of several records: the length of a JSON header, the header with hashes, the pixels. */
export function pack(all: readonly ImageRecords[]): Uint8Array {
  const known = all.map((records) => ({
    ...records,
    pixels: records.pixels.length,
    hash: recordsHash(records),
  }));
  const header = new TextEncoder().encode(JSON.stringify(known));
  const file = new Uint8Array(
    all.reduce((sum, { pixels }) => sum + pixels.length, 4 + header.length),
  );
  new DataView(file.buffer).setUint32(0, header.length);
  file.set(header, 4);
  let offset = 4 + header.length;
  for (const { pixels } of all) {
    file.set(pixels, offset);
    offset += pixels.length;
  }
  return file;
}

/** The records of a packed file; undefined where the file is damaged or cut short. */
export function unpack(file: Uint8Array): ImageRecords[] | undefined {
  try {
    let offset = 4 + new DataView(file.buffer, file.byteOffset).getUint32(0);
    const known: (Omit<ImageRecords, "pixels"> & { pixels: number; hash: string })[] = JSON.parse(
      new TextDecoder().decode(file.subarray(4, offset)),
    );
    return known.map(({ hash, ...rest }) => {
      const records = { ...rest, pixels: file.subarray(offset, offset += rest.pixels) };
      if (recordsHash(records) !== hash) throw new Error("damaged");
      return records;
    });
  } catch {
    return undefined;
  }
}
