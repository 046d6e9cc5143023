/** A data set as files, for other programs and for trying out what reads folders. */
import { join } from "@std/path";
import sharp from "sharp";
import { exists, writeAtomic } from "../base/files.ts";
import { type Progress, silent } from "../base/progress.ts";
import type { Dataset, Image } from "./dataset.ts";

/**
 * Writes images as `<path>/<class>/<index>.png`; files that are there stay as they are.
 *
 * @param dataset held in memory, each image with a class
 * @param perClass so many of each class, the first ones; all by default
 * @example
 * ```ts ignore
 * await writeFolder(scenes.pretraining, "scenes", { perClass: 20 });
 * ```
 */
export async function writeFolder(
  dataset: Dataset,
  path: string,
  { perClass = Infinity, progress = silent }: { perClass?: number; progress?: Progress } = {},
): Promise<void> {
  const written = new Map<number, number>();
  for (let i = 0; i < dataset.length; i++) {
    const label = dataset.label(i), count = written.get(label) ?? 0;
    if (count >= perClass) continue;
    written.set(label, count + 1);
    const file = join(path, dataset.classes[label], `${String(i).padStart(6, "0")}.png`);
    if (!await exists(file)) await writeAtomic(file, await png(dataset.image(i)));
    progress(i, dataset.length, "images written");
  }
  progress(dataset.length, dataset.length);
}

async function png({ data, height, width }: Image): Promise<Uint8Array> {
  const size = height * width; // planar becomes interleaved
  const pixels = Uint8Array.from(data, (_, at) => data[at % 3 * size + Math.floor(at / 3)]);
  const raw = { width, height, channels: 3 } as const;
  return new Uint8Array(await sharp(pixels, { raw }).png().toBuffer());
}
