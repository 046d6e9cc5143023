/** What a backbone has learned: two probes, on everything that pretraining has not seen. */
import type { Features } from "../evaluation/features.ts";
import { featuresOf, type Frozen } from "../evaluation/frozen.ts";
import { knn } from "../evaluation/knn.ts";
import { classify, linearProbe } from "../evaluation/linear.ts";
import { accuracy, type Scores } from "../evaluation/metrics.ts";
import type { Cell, Metric } from "./cell.ts";
import type { ProbePlan } from "./splits.ts";
import { staged, type Watch } from "./watch.ts";

/** The accuracy of both probes in every evaluation of a cell. */
export async function evaluate(
  { training, knn: neighbours, seed }: Pick<Cell, "training" | "knn" | "seed">,
  network: Frozen,
  plan: readonly ProbePlan[],
  watch: Watch = {},
): Promise<Metric[]> {
  const { progress, signal } = staged("evaluation", watch);
  const { size } = training.views;
  const metrics: Metric[] = [];
  for (const [at, { fit, tests }] of plan.entries()) {
    signal.throwIfAborted();
    progress(at, plan.length);
    const train = await featuresOf(network, fit, { size });
    const classifier = await linearProbe(train, { seed });
    for (const { evaluation, images } of tests) {
      const test = await featuresOf(network, images, { size });
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
