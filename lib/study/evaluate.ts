/** What a backbone has learned: two probes, on everything that pretraining has not seen. */
import { type Progress, silent } from "../base/progress.ts";
import type { Dataset } from "../datasets/dataset.ts";
import { extract, type Features } from "../evaluation/features.ts";
import { knn } from "../evaluation/knn.ts";
import { classify, linearProbe } from "../evaluation/linear.ts";
import { accuracy, type Scores } from "../evaluation/metrics.ts";
import type { Variables } from "../models/model.ts";
import { backbone as backboneOf } from "../models/backbone.ts";
import type { Cell, Metric } from "./cell.ts";
import type { ProbePlan } from "./splits.ts";

/** The accuracy of both probes in every evaluation of a cell. */
export async function evaluate(
  { backbone: config, training, knn: neighbours, seed }: Cell,
  backbone: Variables,
  plan: readonly ProbePlan[],
  { progress = silent, signal }: { progress?: Progress; signal?: AbortSignal } = {},
): Promise<Metric[]> {
  const model = backboneOf(config);
  const { size } = training.views;
  const extracted = new Map<Dataset, Features>(); // the test images serve two probes
  const features = async (dataset: Dataset) => {
    const known = extracted.get(dataset) ?? await extract(model, backbone, dataset, { size });
    extracted.set(dataset, known);
    return known;
  };
  const metrics: Metric[] = [];
  for (const [at, { fit, tests }] of plan.entries()) {
    signal?.throwIfAborted();
    progress(at, plan.length);
    const train = await features(fit);
    const classifier = await linearProbe(train, { seed });
    for (const { evaluation, images } of tests) {
      const test = await features(images);
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
