/** Transfer of frozen features: linear probe, kNN and few-shot, as the field measures them. */
import { once } from "../../base/once.ts";
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
import type { Followed } from "../watch.ts";
import { percent, targetOf } from "./target.ts";

/**
 * Linear probe, kNN and few-shot on every target. The linear probe has the protocol of Ericsson et
 * al. 2021: features as they are, C chosen on a part of the training images, then fitted to all.
 */
export async function transferred(
  network: Frozen,
  cell: Cell,
  task: TransferTask,
  { progress, signal }: Followed,
): Promise<Outcome> {
  const { size } = cell.training.views;
  const sets: Sets[] = [];
  for (const target of task.targets) {
    signal.throwIfAborted();
    progress(sets.length, 2 * task.targets.length, `features of ${target}`);
    const { fit, test } = await targetOf(cell, target);
    const known = await featuresOf(network, fit, { size });
    sets.push({ target, fit, test, known, asked: await featuresOf(network, test, { size }) });
  }
  const fitted = new Map<string, Promise<LinearClassifier>>(); // targets may share images to fit on
  let done = sets.length;
  // Side by side: while one fit steps, another one waits for the engine.
  const each = await Promise.all(sets.map(async (set) => {
    const probe = () => sslTransferProbe(set.known, { grid: task.grid, seed: cell.seed });
    const classifier = await once(fitted, set.fit.hash, probe);
    const measures = await onTarget(set, classifier, { cell, task });
    progress(++done, 2 * sets.length, set.target);
    return { measures, chosen: [set.target, classifier.c] };
  }));
  return {
    measures: each.flatMap(({ measures }) => measures),
    details: { chosen: Object.fromEntries(each.map(({ chosen }) => chosen)) },
  };
}

/** A target: the images that classifiers are fitted on and are asked about, and their features. */
interface Sets {
  target: Evaluation;
  fit: Dataset;
  test: Dataset;
  known: Features;
  asked: Features;
}

async function onTarget(
  { target, test, known, asked }: Sets,
  classifier: LinearClassifier,
  { cell, task }: { cell: Cell; task: TransferTask },
): Promise<Measure[]> {
  const linear = accuracy(await classify(classifier, asked), asked.labels);
  const neighbours = accuracy(await knn(known, asked, cell.knn), asked.labels);
  return [
    percent(target, "linear", linear.top1),
    percent(target, "linear, top-5", linear.top5),
    percent(target, "linear, mean per class", linear.meanPerClass),
    percent(target, "kNN", neighbours.top1),
    ...await fewShots(asked, target, { cell, task, names: test.classes }),
  ];
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
