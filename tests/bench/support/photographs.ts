/** Pictures with the statistics of photographs, to be decoded and looked at by both sides. */
import { join } from "@std/path";
import sharp from "sharp";
import { cacheDirectory, exists } from "../../../lib/base/files.ts";
import type { Prng } from "../../../lib/base/prng.ts";
import { prng } from "../../../lib/base/prng.ts";
import type { Progress } from "../../../lib/base/progress.ts";
import type { Images } from "../../../lib/views/views.ts";

/** How many there are; both sides draw from them at random. */
export const count = 200;

/** Sides of the files, in pixels: a typical photograph of ImageNet. */
const height = 375, width = 500;

/** A folder of JPEG files, 375 x 500 px, of some 90 KB; or of PNG files of so many pixels a side. */
export async function photographs(side: number | undefined, progress: Progress): Promise<string> {
  const folder = cacheDirectory("bench-photographs-1", side ? `${side}` : "files");
  await Deno.mkdir(folder, { recursive: true });
  for (let i = 0; i < count; i++) {
    progress(i, count, "drawing pictures");
    const path = join(folder, `${String(i).padStart(4, "0")}.${side ? "png" : "jpg"}`);
    if (await exists(path)) continue;
    const picture = sharp(await draw(prng(`photograph ${i}`)), {
      raw: { height, width, channels: 3 },
    });
    const file = side
      ? picture.resize(side, side, { fit: "cover" }).png()
      : picture.jpeg({ quality: 90 });
    await file.toFile(`${path}.part`);
    await Deno.rename(`${path}.part`, path);
  }
  progress(count, count);
  return folder;
}

/** Noise whose amplitude falls with its frequency, and some disks with sharp edges: RGB bytes. */
async function draw(random: Prng): Promise<Uint8ClampedArray> {
  const sum = new Float32Array(3 * height * width).fill(128);
  for (let cells = 2; cells <= 512; cells *= 2) {
    const grid = Uint8Array.from({ length: 3 * cells * cells }, () => random.int(256));
    const octave = await sharp(grid, { raw: { height: cells, width: cells, channels: 3 } })
      .resize(width, height, { kernel: "cubic", fit: "fill" }).raw().toBuffer();
    const amplitude = 0.55 * cells ** -0.15; // an octave of a photograph has what the next has
    for (let i = 0; i < sum.length; i++) sum[i] += amplitude * (octave[i] - 127.5);
  }
  for (let i = 0; i < 6; i++) drawDisk(sum, random);
  return Uint8ClampedArray.from(sum);
}

function drawDisk(pixels: Float32Array, random: Prng): void {
  const colour = [0, 1, 2].map(() => random.int(256));
  const radius = random.uniform(10, 75), top = random.int(height), left = random.int(width);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (Math.hypot(y - top, x - left) > radius) continue;
      pixels.set(colour, 3 * (y * width + x));
    }
  }
}

/** The pictures of a folder, held as pixels or read as they are asked for. */
export async function imagesOf(folder: string, held: boolean): Promise<Images> {
  const names = (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort();
  const paths = names.map((name) => join(folder, name));
  const name = "photographs";
  if (held) {
    const decoded = await Promise.all(paths.map(decode));
    return { name, image: (i) => decoded[i] };
  }
  const { height, width } = await sharp(paths[0]).metadata();
  const extent = { height, width }, frame = { top: 0, left: 0, ...extent };
  const read = async (i: number) => ({ jpeg: await Deno.readFile(paths[i]), frame });
  const image = () => {
    throw new Error("these images are streamed");
  };
  return { name, image, stream: { extent: () => extent, read } };
}

async function decode(path: string) {
  const { data, info: { height, width } } = await sharp(path).raw()
    .toBuffer({ resolveWithObject: true });
  const planar = new Uint8Array(data.length);
  for (const [at, value] of data.entries()) {
    planar[at % 3 * height * width + Math.floor(at / 3)] = value;
  }
  return { data: planar, height, width };
}
