/** A data set as files, for other programs and for trying out what reads folders. */
import { join } from "@std/path";
import { exists, writeAtomic } from "../base/files.ts";
import { type Progress, silent } from "../base/progress.ts";
import type { Dataset } from "./dataset.ts";
import { planarToPng } from "./importing/decode.ts";

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
    if (!await exists(file)) {
      const { data, ...extent } = dataset.image(i);
      await writeAtomic(file, await planarToPng(data, extent));
    }
    progress(i, dataset.length, "images written");
  }
  progress(dataset.length, dataset.length);
}
