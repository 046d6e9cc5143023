/**
 * Encoded images as pixels, by sharp: JPEG, PNG, WebP, GIF, TIFF, AVIF, SVG.
 *
 * One rule for all that is odd about a picture: it is turned upright by its EXIF orientation, comes
 * to 8 bits a channel in RGB, lies on white where it is transparent, and of an animation the first
 * frame counts. What was odd is noted. Colour profiles are ignored, as PIL's users ignore them, so
 * that sharp and the engine's own decoder see the same numbers.
 */
import sharp, { type Sharp } from "sharp";
import { messageOf } from "../../base/problem.ts";

/** More pixels than this are no photograph but an attack on memory. */
export const MOST_PIXELS = 100_000_000;

/** Images to decode side by side: more than sharp has threads, few enough for memory. */
export const AT_ONCE = 16;

/** Side of the gray picture from which a perceptual hash is computed. */
export const THUMBNAIL = 32;

/** What an encoded image is. */
export interface Inspected {
  /** Upright, in pixels. */
  height: number;
  width: number;
  /** Whether the engine's JPEG decoder sees in it what sharp does. */
  plainJpeg: boolean;
  /** What had to be put right, e.g. `turned upright (EXIF)`. */
  oddities: string[];
  /** [THUMBNAIL, THUMBNAIL] gray values of the whole image, squeezed. */
  thumbnail: Uint8Array;
}

/** How an image is to be read. */
export interface Reading {
  /** Not turned by its EXIF orientation: for images whose boxes are given in stored pixels. */
  asStored?: boolean;
}

type Metadata = Awaited<ReturnType<Sharp["metadata"]>>;

/**
 * Looks at an encoded image, and decodes all of it once.
 *
 * @param name what the file is called: its ending says what was to be expected
 * @throws {Error} where the bytes are no whole image; the message says why in a few words
 */
export async function inspect(
  bytes: Uint8Array,
  name: string,
  { asStored = false }: Reading = {},
): Promise<Inspected> {
  if (bytes.length === 0) throw new Error("the file is empty");
  try {
    const metadata = await sharp(bytes, { limitInputPixels: MOST_PIXELS }).metadata();
    const thumbnail = await upright(bytes, { asStored }).grayscale()
      .resize(THUMBNAIL, THUMBNAIL, { fit: "fill" }).raw().toBuffer();
    const turned = !asStored && (metadata.orientation ?? 1) > 1;
    const { height, width } = turned ? metadata.autoOrient : metadata;
    return {
      height,
      width,
      plainJpeg: metadata.format === "jpeg" && !turned && ["srgb", "b-w"].includes(metadata.space),
      oddities: odditiesOf(metadata, name, turned),
      thumbnail: new Uint8Array(thumbnail),
    };
  } catch (error) {
    throw new Error(reasonOf(error, bytes));
  }
}

/**
 * The central square of an image, resized: planar bytes, [3, size, size].
 *
 * @throws {Error} where the bytes are no whole image
 */
export async function decodeSquare(
  bytes: Uint8Array,
  size: number,
  reading: Reading = {},
): Promise<Uint8Array> {
  const pixels = await upright(bytes, reading)
    .resize(size, size, { fit: "cover", kernel: "lanczos3", fastShrinkOnLoad: false })
    .raw().toBuffer().catch((error: unknown) => {
      throw new Error(reasonOf(error, bytes));
    });
  return toPlanar(pixels, size * size);
}

/** The same for an image that is planar bytes already, [3, height, width]. */
export async function resizeSquare(
  planar: Uint8Array,
  { height, width }: { height: number; width: number },
  size: number,
): Promise<Uint8Array> {
  if (height === size && width === size) return planar;
  const pixels = await interleaved(planar, { height, width })
    .resize(size, size, { fit: "cover", kernel: "lanczos3" }).raw().toBuffer();
  return toPlanar(pixels, size * size);
}

/** The image as a JPEG file that every decoder reads alike: upright, RGB, hardly compressed. */
export async function plainJpeg(bytes: Uint8Array, reading: Reading = {}): Promise<Uint8Array> {
  return new Uint8Array(await asJpeg(upright(bytes, reading)));
}

/** Planar bytes, [3, height, width], as such a file. */
export async function planarToJpeg(
  planar: Uint8Array,
  extent: { height: number; width: number },
): Promise<Uint8Array> {
  return new Uint8Array(await asJpeg(interleaved(planar, extent)));
}

/** Planar bytes, [3, height, width], as a PNG file. */
export async function planarToPng(
  planar: Uint8Array,
  extent: { height: number; width: number },
): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await interleaved(planar, extent).png().toBuffer());
}

/** Planes that are stored column by column, turned. */
export function rowMajor(
  planar: Uint8Array,
  { height, width, columnMajor = false }: { height: number; width: number; columnMajor?: boolean },
): Uint8Array {
  if (!columnMajor) return planar;
  const area = height * width;
  return Uint8Array.from(planar, (_, k) => {
    const p = k % area;
    return planar[k - p + (p % width) * height + Math.floor(p / width)];
  });
}

/** [THUMBNAIL, THUMBNAIL] gray values of planar bytes, [3, height, width]. */
export async function planarThumbnail(
  planar: Uint8Array,
  extent: { height: number; width: number },
): Promise<Uint8Array> {
  const small = interleaved(planar, extent).grayscale()
    .resize(THUMBNAIL, THUMBNAIL, { fit: "fill" });
  return new Uint8Array(await small.raw().toBuffer());
}

function upright(bytes: Uint8Array, { asStored = false }: Reading): Sharp {
  const limits = { failOn: "error", limitInputPixels: MOST_PIXELS, ignoreIcc: true } as const;
  return sharp(bytes, { ...limits, autoOrient: !asStored })
    .toColourspace("srgb").flatten({ background: "white" });
}

const asJpeg = (image: Sharp) => image.jpeg({ quality: 97, chromaSubsampling: "4:4:4" }).toBuffer();

function interleaved(planar: Uint8Array, extent: { height: number; width: number }): Sharp {
  const area = extent.height * extent.width;
  const bytes = new Uint8Array(3 * area);
  for (let channel = 0; channel < 3; channel++) {
    for (let p = 0; p < area; p++) bytes[3 * p + channel] = planar[channel * area + p];
  }
  return sharp(bytes, { raw: { ...extent, channels: 3 } });
}

function toPlanar(interleaved: Uint8Array, area: number): Uint8Array {
  const planar = new Uint8Array(3 * area);
  for (let channel = 0; channel < 3; channel++) {
    for (let p = 0; p < area; p++) planar[channel * area + p] = interleaved[3 * p + channel];
  }
  return planar;
}

const endings: Record<string, string> = { jpg: "jpeg", jpe: "jpeg", tif: "tiff", avif: "heif" };

function odditiesOf(metadata: Metadata, name: string, turned: boolean): string[] {
  const { format, space, depth, pages = 1, hasAlpha } = metadata;
  const ending = name.split(".").at(-1)!.toLowerCase();
  const expected = endings[ending] ?? ending;
  const oddities: [boolean, string][] = [
    [turned, "turned upright (EXIF)"],
    [space === "cmyk", "CMYK"],
    [depth !== "uchar", "more than 8 bits a channel"],
    [pages > 1, "animated: first frame taken"],
    [hasAlpha, "with transparency: laid on white"],
    [expected !== format && knownFormats.has(expected), `${format} named .${ending}`],
  ];
  return oddities.filter(([holds]) => holds).map(([, what]) => what);
}

const knownFormats = new Set(["jpeg", "png", "webp", "gif", "tiff", "heif", "svg"]);

/**
 * What is wrong, in the words of someone who looks for a file to replace. Not in libvips's: of images
 * that are decoded at the same time, one may get the message of another.
 */
function reasonOf(error: unknown, bytes: Uint8Array): string {
  const message = messageOf(error);
  if (/unsupported image format/.test(message)) return "no image";
  if (/exceeds pixel limit/.test(message)) return `more than ${MOST_PIXELS / 1e6} megapixels`;
  return isCut(bytes) ? "truncated" : "damaged";
}

/** Whether a JPEG or PNG file lacks its end mark. */
function isCut(bytes: Uint8Array): boolean {
  const tail = bytes.subarray(-64).toHex(); // some writers pad their files
  const head = bytes.subarray(0, 4).toHex();
  return head.startsWith("ffd8") && !tail.includes("ffd9") ||
    head === "89504e47" && !tail.includes("49454e44");
}
