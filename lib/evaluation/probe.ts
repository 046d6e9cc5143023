/** Both probes of a frozen backbone in one call. */
import { Problem } from "../base/problem.ts";
import type { Dataset } from "../datasets/dataset.ts";
import type { Model, Variables } from "../models/model.ts";
import { extract } from "./features.ts";
import { knn } from "./knn.ts";
import { classify, linearProbe } from "./linear.ts";
import { accuracy, type Scores } from "./metrics.ts";

const neighbours = 20; // the study's value: classes of one's own are seldom large enough for 200

/** Top-1 accuracies on the test images, 0 … 1. */
export interface ProbeAccuracy {
  kNN: number;
  linear: number;
}

/**
 * Probes a backbone: both classifiers use the labels and features of `fit` and are tested on `test`.
 *
 * @param size side of the network's input in pixels, that of pretraining
 * @param seed of the split of `fit` that chooses the linear probe's regularisation
 * @throws {Problem} where the two data sets have other classes: their labels would not mean the same
 */
export async function probe(
  model: Model,
  backbone: Variables,
  { fit, test, size, seed }: {
    fit: Dataset;
    test: Dataset;
    size: number;
    seed: number;
  },
): Promise<ProbeAccuracy> {
  checkClasses(fit, test);
  const known = await extract(model, backbone, fit, { size });
  const asked = await extract(model, backbone, test, { size });
  const top1 = (scores: Scores) => accuracy(scores, asked.labels).top1;
  return {
    kNN: top1(await knn(known, asked, { k: neighbours })),
    linear: top1(await classify(await linearProbe(known, { seed }), asked)),
  };
}

/**
 * Checks that labels of two data sets mean the same.
 *
 * @throws {Problem} naming a class that only one of them has
 */
export function checkClasses(fit: Dataset, test: Dataset): void {
  if (JSON.stringify(fit.classes) === JSON.stringify(test.classes)) return;
  const [odd] = new Set(fit.classes).symmetricDifference(new Set(test.classes));
  const difference = odd === undefined ? "their order" : `"${odd}", which only one of them has`;
  throw new Problem(
    `${fit.name} and ${test.name} differ in their classes (${difference}): give both the same`,
  );
}
