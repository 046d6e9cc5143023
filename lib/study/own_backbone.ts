/** A backbone of one's own images: SimCLR with augmented pairs, for which no label is needed. */
import { join } from "@std/path";
import { cacheDirectory, writeAtomic } from "../base/files.ts";
import { keyOf } from "../base/hash.ts";
import type { Dataset } from "../datasets/dataset.ts";
import { dispose } from "../engine/mod.ts";
import { type Frozen, frozen } from "../evaluation/frozen.ts";
import { exportWeights } from "../models/weights.ts";
import { augmentedOnly } from "../pairs/augmented.ts";
import { fit } from "../training/fit.ts";
import { identityOf } from "../training/run.ts";
import { ownTraining } from "./own_images.ts";
import { profileOf } from "./profiles.ts";
import { settingOf } from "./settings.ts";
import type { Watch } from "./watch.ts";

/**
 * Pretrains on images as `ownImages` does, or takes what was kept of that; a run that was stopped goes
 * on from its checkpoint.
 *
 * @param size side of a view in pixels
 * @param steps at least so many
 */
export async function ownBackbone(
  dataset: Dataset,
  { size, steps, ...watch }: { size: number; steps: number } & Watch,
): Promise<Frozen> {
  const training = ownTraining({ pairs: dataset.length, steps, size });
  const { optimizer, options = {} } = settingOf("desk", "simclr", training.batchSize);
  const run = {
    dataset,
    pairs: augmentedOnly(dataset, { seed: 1 }).augmented,
    backbone: profileOf("desk").setting.backbone,
    method: { name: "simclr", options },
    training: { ...training, optimizer },
    seed: 1,
  };
  const folder = cacheDirectory("own-backbones", keyOf(identityOf(run)));
  const path = join(folder, "backbone.safetensors");
  const kept = await Deno.readFile(path).catch(() => undefined);
  if (kept) return frozen(run.backbone, kept);
  const checkpoints = { directory: join(folder, "checkpoints"), everyMinutes: 10 };
  const { backbone, heads } = await fit(run, { ...watch, checkpoints });
  try {
    const file = await exportWeights(run.backbone, backbone);
    await writeAtomic(path, file);
    await Deno.remove(checkpoints.directory, { recursive: true });
    return frozen(run.backbone, file);
  } finally {
    dispose(backbone, heads);
  }
}
