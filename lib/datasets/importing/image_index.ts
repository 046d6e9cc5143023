/**
 * Where every image of a split lies and what it shows: columns of plain numbers, so that an index of
 * a million images takes some 90 MB, in memory and on disk (one safetensors file).
 */
import { Problem } from "../../base/problem.ts";
import { decodeSafetensors, encodeSafetensors, type SafeTensor } from "../../base/safetensors.ts";
import { type BoxedObject, unlabeled } from "../dataset.ts";
import { textAt, type TextList, textList } from "./text_list.ts";

/** How the bytes of an image are to be read. */
export const forms = {
  /** A JPEG file that every decoder reads alike. */
  plainJpeg: 0,
  /** Any other encoded image: it goes through sharp. */
  encoded: 1,
  /** As `encoded`, but not turned by its EXIF orientation. */
  encodedAsStored: 2,
  /** Planar RGB bytes, row by row. */
  raw: 3,
  /** Planar RGB bytes, column by column. */
  rawColumnMajor: 4,
} as const;

/** One image of an index. */
export interface IndexedImage {
  id: string;
  labels: readonly number[];
  height: number;
  width: number;
  form: number;
  /** Which container holds it; -1 for a file of its own, `root` + `path`. */
  container: number;
  offset: number;
  /** Bytes on disk, and after inflating. */
  stored: number;
  size: number;
  deflated: boolean;
  crc: number;
  boxes: readonly BoxedObject[];
  /** The first image of the split that this one equals or nearly equals; its own number if none. */
  copyOf: number;
  /** Whether another split has its like. */
  elsewhere: boolean;
}

/** What holds for a whole split. */
export interface IndexHeader {
  name: string;
  split: string;
  classes: string[];
  /** Of images and labels; see `Dataset.contentHash`. */
  contentHash: string;
  /** The paths of the archives, or files of raw images, that hold images. */
  containers: string[];
  /** What stands before an id in the path of an image that is a file of its own. */
  root: string;
  multiLabel: boolean;
  boxes: boolean;
}

/** An index, with its columns. */
export interface ImageIndex extends IndexHeader {
  length: number;
  ids: TextList;
  /** Where the labels of each image end in `labelValues`. */
  labelEnds: Int32Array;
  labelValues: Int32Array;
  /** [n, {@link FIELDS}] */
  fields: Int32Array;
  boxEnds: Int32Array;
  /** [boxes, {@link BOX_FIELDS}] */
  boxValues: Float32Array;
}

/** Offsets may exceed 32 bits and are held in two parts. */
const PART = 2 ** 30;

const columns = [
  "height",
  "width",
  "form",
  "container",
  "offset/2^30",
  "offset",
  "stored",
  "size",
  "deflated",
  "crc",
  "copyOf",
  "elsewhere",
] as const;

/** Numbers an image. */
const FIELDS = columns.length;

/** Numbers a box: x, y, width, height, label, difficult, crowd, area (NaN where it is the box's). */
const BOX_FIELDS = 8;

/** An index of images. */
export function makeIndex(header: IndexHeader, images: readonly IndexedImage[]): ImageIndex {
  const fields = new Int32Array(images.length * FIELDS);
  const ends = (counts: readonly (readonly unknown[])[]) => {
    let end = 0;
    return Int32Array.from(counts, ({ length }) => end += length);
  };
  images.forEach((image, i) => {
    const { height, width, form, container, offset, stored, size, deflated, crc } = image;
    const parts = [Math.floor(offset / PART), offset % PART];
    const { copyOf, elsewhere } = image;
    fields.set([
      ...[height, width, form, container, ...parts, stored, size, Number(deflated), crc],
      ...[copyOf, Number(elsewhere)],
    ], i * FIELDS);
  });
  return {
    ...header,
    length: images.length,
    ids: textList(images.map(({ id }) => id)),
    labelEnds: ends(images.map(({ labels }) => labels)),
    labelValues: Int32Array.from(images.flatMap(({ labels }) => labels)),
    fields,
    boxEnds: ends(images.map(({ boxes }) => boxes)),
    boxValues: Float32Array.from(
      images.flatMap(({ boxes }) =>
        boxes.flatMap(({ x, y, width, height, label, difficult, crowd, area = NaN }) => [
          ...[x, y, width, height, label, Number(difficult ?? false), Number(crowd ?? false), area],
        ])
      ),
    ),
  };
}

/** Where image i lies and how it is to be read; without what takes long to say. */
export function placeOf(
  { fields }: ImageIndex,
  i: number,
): Omit<IndexedImage, "id" | "labels" | "boxes" | "copyOf" | "elsewhere"> {
  const at = i * FIELDS;
  const [height, width, form, container, giga, rest, stored, size, deflated, crc] = fields
    .subarray(at, at + FIELDS);
  const offset = giga * PART + rest;
  return { height, width, form, container, offset, stored, size, deflated: deflated === 1, crc };
}

/** The likes of image i, see {@link IndexedImage}. */
export function likesOf(
  { fields }: ImageIndex,
  i: number,
): Pick<IndexedImage, "copyOf" | "elsewhere"> {
  const end = (i + 1) * FIELDS;
  return { copyOf: fields[end - 2], elsewhere: fields[end - 1] === 1 };
}

/** What image i is called. */
export const idOf = ({ ids }: ImageIndex, i: number): string => textAt(ids, i);

/** All classes of image i. */
export function labelsOf({ labelEnds, labelValues }: ImageIndex, i: number): number[] {
  return [...labelValues.subarray(i === 0 ? 0 : labelEnds[i - 1], labelEnds[i])];
}

/** The first class of image i, or {@link unlabeled}. */
export function labelOf({ labelEnds, labelValues }: ImageIndex, i: number): number {
  const start = i === 0 ? 0 : labelEnds[i - 1];
  return start < labelEnds[i] ? labelValues[start] : unlabeled;
}

/** The objects of image i, in pixels of the image as it is stored. */
export function boxesOf({ boxEnds, boxValues }: ImageIndex, i: number): BoxedObject[] {
  const start = i === 0 ? 0 : boxEnds[i - 1];
  return Array.from({ length: boxEnds[i] - start }, (_, k) => {
    const at = BOX_FIELDS * (start + k);
    const [x, y, width, height, label, difficult, crowd, area] = boxValues
      .subarray(at, at + BOX_FIELDS);
    return {
      ...{ x, y, width, height, label },
      ...(difficult && { difficult: true }),
      ...(crowd && { crowd: true }),
      ...(!Number.isNaN(area) && { area }),
    };
  });
}

/** Raised when the columns change. */
const VERSION = "3";

/** The index as a file. */
export function encodeIndex(index: ImageIndex): Uint8Array<ArrayBuffer> {
  const { ids, labelEnds, labelValues, fields, boxEnds, boxValues, length: _, ...header } = index;
  const i32 = (data: Int32Array): SafeTensor => ({ dtype: "I32", shape: [data.length], data });
  const text = new Uint8Array(Math.ceil(ids.bytes.length / 4) * 4); // what follows stays aligned
  text.set(ids.bytes);
  return encodeSafetensors({
    ids: { dtype: "U8", shape: [text.length], data: text },
    idEnds: i32(ids.ends),
    labelEnds: i32(labelEnds),
    labelValues: i32(labelValues),
    fields: i32(fields),
    boxEnds: i32(boxEnds),
    boxValues: { dtype: "F32", shape: [boxValues.length], data: boxValues },
  }, { format: "semantic-pairs image index", version: VERSION, header: JSON.stringify(header) });
}

/**
 * The index in a file.
 *
 * @param what the file's name, for messages
 * @throws {Problem} for a damaged file, and one of another version
 */
export function decodeIndex(bytes: Uint8Array, what: string): ImageIndex {
  const { tensors, metadata } = decodeSafetensors(bytes, what, { share: true });
  if (metadata.format !== "semantic-pairs image index" || metadata.version !== VERSION) {
    throw new Problem(`${what} is no index of this version: import the data set again`);
  }
  const data = <T>(name: string) => tensors[name].data as T;
  const ids = { bytes: data<Uint8Array>("ids"), ends: data<Int32Array>("idEnds") };
  return {
    ...JSON.parse(metadata.header) as IndexHeader,
    length: ids.ends.length,
    ids,
    labelEnds: data("labelEnds"),
    labelValues: data("labelValues"),
    fields: data("fields"),
    boxEnds: data("boxEnds"),
    boxValues: data("boxValues"),
  };
}
