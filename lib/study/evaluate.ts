/** What a backbone has learned: two probes, on everything that pretraining has not seen. */
import type { Features } from "../evaluation/features.ts";
import { featuresOf, type Frozen } from "../evaluation/frozen.ts";
import { knn } from "../evaluation/knn.ts";
import { classify, linearProbe } from "../evaluation/linear.ts";
import { hits, type Scores } from "../evaluation/metrics.ts";
import { packBits } from "../base/bits.ts";
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
        {
          evaluation,
          probe: "linear",
          testSet: images.hash,
          ...scored(await classify(classifier, test), test),
        },
        {
          evaluation,
          probe: "kNN",
          testSet: images.hash,
          ...scored(await knn(train, test, neighbours), test),
        },
      );
    }
  }
  progress(plan.length, plan.length);
  return metrics;
}

function scored(
  scores: Scores,
  { labels }: Features,
): Pick<Metric, "accuracy" | "images" | "correct"> {
  const right = hits(scores, labels);
  const accuracy = right.reduce((sum, hit) => sum + hit, 0) / right.length;
  return { accuracy, images: right.length, correct: packBits(right) };
}
