/** Fine-tuning of the whole network on a target. */
import { finetune } from "../../evaluation/finetune.ts";
import type { Frozen } from "../../evaluation/frozen.ts";
import type { FinetuneTask, Outcome } from "../assessment.ts";
import type { Cell } from "../cell.ts";
import type { Watch } from "../watch.ts";
import { percent, targetOf } from "./target.ts";

/** The accuracy of a fine-tuned network; `details` has the settings that were tried. */
export async function finetuned(
  network: Frozen,
  cell: Cell,
  { target, steps, batchSize, grid, views }: FinetuneTask,
  watch: Watch,
): Promise<Outcome> {
  const { fit: train, test } = await targetOf(cell, target);
  const { seed, training: { views: { size }, precision } } = cell;
  const result = await finetune({
    ...{ backbone: network.config, variables: network.variables() },
    ...{ train, test, size, grid, steps, batchSize, views, seed, precision },
  }, watch);
  const { accuracy: { top1, top5, meanPerClass }, chosen, tried } = result;
  const measures = [
    percent(target, "fine-tuned", top1),
    percent(target, "fine-tuned, top-5", top5),
    percent(target, "fine-tuned, mean per class", meanPerClass),
  ];
  return { measures, details: { chosen, tried } };
}
