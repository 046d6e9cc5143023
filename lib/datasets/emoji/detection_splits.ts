/** The splits of the emoji scenes for detection. */
import { prng } from "../../base/prng.ts";
import { nextTurn, type Progress } from "../../base/progress.ts";
import { artists } from "./artists.ts";
import type { ImageRecords } from "./image_records.ts";
import { makeMultiObject } from "./multi_object.ts";
import { firstConcepts } from "./splits.ts";
import { renderSprites } from "./sprites.ts";

/** Complete options. */
export interface DetectionPlan {
  classes: number;
  /** Scenes of each split. */
  scenes: Readonly<Record<string, number>>;
  size: number;
  seed: number;
}

/** Makes the splits, in the order of the plan's names. */
export async function makeDetectionSplits(
  { classes, scenes, size, seed }: DetectionPlan,
  progress: Progress,
): Promise<ImageRecords[]> {
  const concepts = firstConcepts(seed, classes), random = prng(seed).fork("detection");
  const count = Object.values(scenes).reduce((sum, n) => sum + n, 0);
  const total = concepts.length * artists.pretraining.length + count;
  let done = 0;
  const sprites = await renderSprites(artists.pretraining, concepts, () => {
    progress(++done, total, "drawings");
  });
  const made = async () => {
    progress(++done, total, "scenes");
    if (done % 100 === 0) await nextTurn();
  };
  const records: ImageRecords[] = [];
  for (const [name, n] of Object.entries(scenes)) {
    const split = await makeMultiObject(random.fork(name), concepts, n, { size, sprites, made });
    records.push({ ...split, name: `emoji scenes, detection, ${name}` });
  }
  return records;
}
