/** Transfer of frozen features: linear probe, kNN and few-shot, as the field measures them. */
import type { Dataset } from "../../datasets/dataset.ts";
import { fewShot } from "../../evaluation/few_shot.ts";
import { featuresOf, type Frozen } from "../../evaluation/frozen.ts";
import { knn } from "../../evaluation/knn.ts";
import { classify, type LinearClassifier } from "../../evaluation/linear.ts";
import { accuracy } from "../../evaluation/metrics.ts";
import type { Features } from "../../evaluation/features.ts";
import { sslTransferProbe } from "../../evaluation/ssl_transfer.ts";
import type { Measure, Outcome, TransferTask } from "../assessment.ts";
import type { Cell, Evaluation } from "../cell.ts";
import type { Watch } from "../watch.ts";
import { percent, targetOf } from "./target.ts";

/**
 * Linear probe, kNN and few-shot on every target. The linear probe has the protocol of Ericsson et
 * al. 2021: features as they are, C chosen on a part of the training images, then fitted to all.
 */
export async function transferred(
  network: Frozen,
  cell: Cell,
  task: TransferTask,
  { progress, signal }: Required<Watch>,
): Promise<Outcome> {
  const { size } = cell.training.views;
  const measures: Measure[] = [], chosen: Record<string, number> = {};
  const fitted = new Map<Dataset, LinearClassifier>(); // targets may share what they are fitted on
  for (const [at, target] of task.targets.entries()) {
    signal.throwIfAborted();
    progress(at, task.targets.length, target);
    const { fit, test } = await targetOf(cell, target);
    const [known, asked] = [
      await featuresOf(network, fit, { size }),
      await featuresOf(network, test, { size }),
    ];
    const options = { grid: task.grid, seed: cell.seed };
    const classifier = fitted.get(fit) ?? await sslTransferProbe(known, options);
    fitted.set(fit, classifier);
    chosen[target] = classifier.c;
    const linear = accuracy(await classify(classifier, asked), asked.labels);
    const neighbours = accuracy(await knn(known, asked, cell.knn), asked.labels);
    measures.push(
      percent(target, "linear", linear.top1),
      percent(target, "linear, top-5", linear.top5),
      percent(target, "linear, mean per class", linear.meanPerClass),
      percent(target, "kNN", neighbours.top1),
      ...await fewShots(asked, target, { cell, task, names: test.classes }),
    );
  }
  return { measures, details: { chosen } };
}

/** Of the targets whose classes are large enough for as many shots and queries. */
async function fewShots(
  features: Features,
  target: Evaluation,
  { cell, task: { fewShot: options }, names }: {
    cell: Cell;
    task: TransferTask;
    names: readonly string[];
  },
): Promise<Measure[]> {
  if (!options.targets.includes(target)) return [];
  const measures: Measure[] = [];
  for (const shots of options.shots) {
    const { mean } = await fewShot(features, { ...options, shots, seed: cell.seed, names });
    measures.push(percent(target, `${shots}-shot`, mean));
  }
  return measures;
}
