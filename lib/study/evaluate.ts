/** What a backbone has learned: two probes, on everything that pretraining has not seen. */
import { type Progress, silent } from "../base/progress.ts";
import type { Dataset } from "../datasets/dataset.ts";
import type { EmojiScenes } from "../datasets/emoji_scenes.ts";
import { extract, type Features } from "../evaluation/features.ts";
import { knn } from "../evaluation/knn.ts";
import { classify, linearProbe } from "../evaluation/linear.ts";
import { accuracy, type Scores } from "../evaluation/metrics.ts";
import type { Variables } from "../models/model.ts";
import { backbone as backboneOf } from "../models/backbone.ts";
import type { Cell, Evaluation, Metric } from "./cell.ts";

/** On what a probe is fitted, and the tests that it then takes. */
type Plan = { fit: Dataset; tests: Partial<Record<Evaluation, Dataset>> }[];

const planOf = (scenes: EmojiScenes): Plan => [
  {
    fit: scenes.probe,
    tests: { "held-out scenes": scenes.heldOutScenes, "held-out artists": scenes.heldOutArtists },
  },
  {
    fit: scenes.heldOutConcepts.probe,
    tests: { "held-out concepts": scenes.heldOutConcepts.test },
  },
  { fit: scenes.pretraining, tests: { "pretraining images": scenes.heldOutScenes } },
];

/** The accuracy of both probes in every evaluation of a cell. */
export async function evaluate(
  { backbone: config, training, knn: neighbours, seed }: Cell,
  backbone: Variables,
  scenes: EmojiScenes,
  { progress = silent, signal }: { progress?: Progress; signal?: AbortSignal } = {},
): Promise<Metric[]> {
  const model = backboneOf(config);
  const { size } = training.views;
  const extracted = new Map<Dataset, Features>(); // the held-out scenes serve two probes
  const features = async (dataset: Dataset) => {
    const known = extracted.get(dataset) ?? await extract(model, backbone, dataset, { size });
    extracted.set(dataset, known);
    return known;
  };
  const plan = planOf(scenes);
  const metrics: Metric[] = [];
  for (const [at, { fit, tests }] of plan.entries()) {
    signal?.throwIfAborted();
    progress(at, plan.length);
    const train = await features(fit);
    const classifier = await linearProbe(train, { seed });
    for (const [name, dataset] of Object.entries(tests)) {
      const test = await features(dataset);
      const evaluation = name as Evaluation;
      metrics.push(
        { evaluation, probe: "linear", accuracy: top1(await classify(classifier, test), test) },
        { evaluation, probe: "kNN", accuracy: top1(await knn(train, test, neighbours), test) },
      );
    }
  }
  progress(plan.length, plan.length);
  return metrics;
}

function top1(scores: Scores, { labels }: Features): number {
  return accuracy(scores, labels).top1;
}
