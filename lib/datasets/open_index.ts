/** An index as a data set: held in memory where it fits, else streamed from its files. */
import { join } from "@std/path";
import { crc32 } from "node:zlib";
import { cacheDirectory, writeAtomic } from "../base/files.ts";
import { keyOf, sha256 } from "../base/hash.ts";
import { messageOf, Problem } from "../base/problem.ts";
import { type Progress, silent } from "../base/progress.ts";
import type { BoxedObject, Dataset, Frame, ImageStream } from "./dataset.ts";
import {
  AT_ONCE,
  decodeSquare,
  plainJpeg,
  planarToJpeg,
  resizeSquare,
  rowMajor,
} from "./importing/decode.ts";
import {
  boxesOf,
  forms,
  idOf,
  type ImageIndex,
  labelOf,
  labelsOf,
  likesOf,
  placeOf,
} from "./importing/image_index.ts";
import { readLocation } from "./trees/ranges.ts";

/** How images are held. */
export interface HoldOptions {
  /** Pixels a side of every image: the central square, resized. */
  size: number;
  /**
   * Bytes that the images may take in memory (default 2 GiB); more are streamed: read and decoded
   * whenever a view of them is made, by the same parameters, from the file's full resolution.
   */
  memory?: number;
  /**
   * What stands for an image: its central square (default), or all of it, as ImageNet's protocols
   * have it; "whole" is always streamed.
   */
  frame?: "square" | "whole";
  /** Told how many images are decoded. */
  progress?: Progress;
}

/** What a budget of memory is where none is stated, in bytes. */
const MEMORY = 2 * 2 ** 30;

/** To be raised whenever the same file gives other pixels. */
const DECODER = 1;

/**
 * The images of an index.
 *
 * @throws {Problem} for a size that is none; in memory for a file that has changed since it was
 *   imported
 */
export async function openIndex(index: ImageIndex, options: HoldOptions): Promise<Dataset> {
  const { size, memory = MEMORY, frame = "square" } = options;
  checkSize(index.name, size);
  const { length, contentHash, classes } = index;
  const bytes = 3 * size * size;
  const held = frame === "square" && length * bytes <= memory ? "memory" : "stream";
  const known: Omit<Dataset, "image" | "stream"> = {
    name: `${index.name}, ${index.split}`,
    classes,
    length,
    contentHash,
    hash: keyOf({ contentHash, size: frame === "square" ? size : null, held, DECODER }),
    label: (i) => labelOf(index, i),
    likes: (i) => likesOf(index, i),
    id: (i) => idOf(index, i),
    ...(index.multiLabel ? { labels: (i: number) => labelsOf(index, i) } : {}),
    ...(index.boxes ? { boxes: (i: number) => boxesIn(index, i, { size, frame }) } : {}),
  };
  if (held === "stream") {
    return { ...known, image: notHeld(known.name), stream: stream(index, options) };
  }
  const pixels = await cachedPixels(index, options);
  const image = (i: number) => {
    if (!(i >= 0 && i < length)) {
      throw new RangeError(`${known.name} has no image ${i}: indices run from 0 to ${length - 1}`);
    }
    return { data: pixels.subarray(i * bytes, (i + 1) * bytes), height: size, width: size };
  };
  return { ...known, image };
}

/** @throws {Problem} for a size that is none */
export function checkSize(name: string, size: number): void {
  if (Number.isInteger(size) && size > 0) return;
  throw new Problem(`${name}: size is ${size}: give a whole number of pixels above 0`);
}

function notHeld(name: string): Dataset["image"] {
  return (i) => {
    throw new Error(`${name} is streamed: image ${i} is not in memory, only views of it are made`);
  };
}

function stream(index: ImageIndex, { size, frame = "square" }: HoldOptions): ImageStream {
  return {
    extent: (i) => {
      if (frame === "square") return { height: size, width: size };
      const { height, width } = placeOf(index, i);
      return { height, width };
    },
    read: async (i) => ({ jpeg: await jpegOf(index, i), frame: frameOf(index, i, frame) }),
  };
}

/** The part of the image, in its own pixels, that stands for it. */
function frameOf(index: ImageIndex, i: number, frame: "square" | "whole"): Frame {
  const { height, width } = placeOf(index, i);
  if (frame === "whole") return { top: 0, left: 0, height, width };
  const side = Math.min(height, width);
  return { top: (height - side) / 2, left: (width - side) / 2, height: side, width: side };
}

/** Boxes in pixels of what stands for the image, cut at its edges; those beyond them are gone. */
function boxesIn(
  index: ImageIndex,
  i: number,
  { size, frame }: { size: number; frame: "square" | "whole" },
): BoxedObject[] {
  const { top, left, height, width } = frameOf(index, i, frame);
  const scale = frame === "square" ? size / height : 1;
  return boxesOf(index, i).map((object) => {
    const { area, ...box } = object;
    const uncut = box.x >= left && box.y >= top && box.x + box.width <= left + width &&
      box.y + box.height <= top + height;
    if (frame === "whole" && uncut) return object; // to the last bit
    const x = Math.max(box.x - left, 0), right = Math.min(box.x + box.width - left, width);
    const y = Math.max(box.y - top, 0), bottom = Math.min(box.y + box.height - top, height);
    const [w, h] = [right - x, bottom - y];
    return {
      ...{ ...box, x: scale * x, y: scale * y, width: scale * w, height: scale * h },
      // Of a mask nothing is known but its area: the part that is seen is taken to be that of the box.
      ...(area !== undefined && { area: area * scale ** 2 * (w * h) / (box.width * box.height) }),
    };
  }).filter((box) => box.width > 0 && box.height > 0);
}

/** The bytes of image i, as they were imported. */
async function bytesOf(index: ImageIndex, i: number): Promise<Uint8Array> {
  const { container, offset, stored, size, deflated, crc } = placeOf(index, i);
  const id = idOf(index, i);
  const path = container < 0 ? index.root + id : index.containers[container];
  const changed = (how: string) =>
    new Problem(
      `${id} of ${index.name}, ${index.split} is not what was imported (${how}, ${path}): ` +
        "import the data set again",
    );
  const bytes = await readLocation({ path, offset, stored, size, deflated }).catch((error) => {
    throw changed(messageOf(error));
  });
  if ((crc32(bytes) | 0) !== crc) throw changed("other bytes");
  return bytes;
}

async function jpegOf(index: ImageIndex, i: number): Promise<Uint8Array> {
  const bytes = await bytesOf(index, i), place = placeOf(index, i), { form } = place;
  if (form === forms.plainJpeg) return bytes;
  if (isRaw(form)) return await planarToJpeg(rawPlanes(bytes, place), place);
  return await plainJpeg(bytes, { asStored: form === forms.encodedAsStored });
}

async function squareOf(index: ImageIndex, i: number, size: number): Promise<Uint8Array> {
  const bytes = await bytesOf(index, i), place = placeOf(index, i), { form } = place;
  if (isRaw(form)) return await resizeSquare(rawPlanes(bytes, place), place, size);
  return await decodeSquare(bytes, size, { asStored: form !== forms.encoded });
}

const isRaw = (form: number) => form === forms.raw || form === forms.rawColumnMajor;

function rawPlanes(bytes: Uint8Array, { form, height, width }: ReturnType<typeof placeOf>) {
  return rowMajor(bytes, { height, width, columnMajor: form === forms.rawColumnMajor });
}

/** Fewer bytes of pixels than these are decoded quicker than it is worth to keep them. */
const WORTH_KEEPING = 16 * 2 ** 20;

/** [n, 3, size, size]: from the cache where they were decoded before. */
async function cachedPixels(index: ImageIndex, options: HoldOptions): Promise<Uint8Array> {
  const { contentHash, length } = index, { size } = options;
  const bytes = length * 3 * size * size;
  const path = join(cacheDirectory("images"), `${keyOf({ contentHash, size, DECODER })}.bin`);
  const kept = bytes >= WORTH_KEEPING;
  const cached = kept &&
    await Deno.readFile(path).then((file) => verified(file, bytes), () => null);
  if (cached) return cached;
  const file = new Uint8Array(DIGEST + bytes), pixels = file.subarray(DIGEST);
  await decodeAll(index, options, pixels);
  if (kept) {
    file.set(Uint8Array.fromHex(sha256(pixels)));
    await writeAtomic(path, file);
  }
  return pixels;
}

const DIGEST = 32; // bytes of a SHA-256 before the pixels

/** The pixels of a whole and undamaged file. */
function verified(file: Uint8Array, bytes: number): Uint8Array | null {
  const pixels = file.subarray(DIGEST);
  const whole = pixels.length === bytes && sha256(pixels) === file.subarray(0, DIGEST).toHex();
  return whole ? pixels : null;
}

async function decodeAll(
  index: ImageIndex,
  { size, progress = silent }: HoldOptions,
  pixels: Uint8Array,
): Promise<void> {
  for (let start = 0; start < index.length; start += AT_ONCE) {
    const chunk = Array.from(
      { length: Math.min(AT_ONCE, index.length - start) },
      (_, k) => start + k,
    );
    const images = await Promise.all(chunk.map((i) => squareOf(index, i, size)));
    images.forEach((image, k) => pixels.set(image, (start + k) * image.length));
    progress(start + chunk.length, index.length, "images decoded");
  }
}
