/** How good a classifier's scores are. */
import { Problem } from "../base/problem.ts";

/** Scores of n images for every class, row by row: the larger, the likelier. */
export interface Scores {
  /** [n, classes] */
  values: Float32Array;
  classes: number;
}

/** Accuracies, 0 … 1. */
export interface Accuracy {
  top1: number;
  /** The right class is among the five with the highest scores. */
  top5: number;
  /** Top-1 of each class, averaged over the classes that occur. */
  meanPerClass: number;
}

/**
 * The accuracies of scores. Of equal scores the lower class goes first, as in numpy's argmax.
 *
 * @param labels [n]
 * @throws {Problem} where there are no images, where a label is of no class, or where a score is NaN
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * const scores = { values: Float32Array.of(0.9, 0.1, 0.8, 0.2, 0.3, 0.7), classes: 2 };
 * deepStrictEqual(accuracy(scores, [0, 0, 0]), { top1: 2 / 3, top5: 1, meanPerClass: 2 / 3 });
 * ```
 */
export function accuracy({ values, classes }: Scores, labels: ArrayLike<number>): Accuracy {
  checkScores({ values, classes }, labels);
  const images = new Float64Array(classes), correct = new Float64Array(classes);
  let amongFive = 0;
  for (let i = 0; i < labels.length; i++) {
    const rank = rankOf(values.subarray(i * classes, (i + 1) * classes), labels[i]);
    images[labels[i]]++;
    if (rank === 0) correct[labels[i]]++;
    if (rank < 5) amongFive++;
  }
  const occurring = [...images.keys()].filter((c) => images[c] > 0);
  return {
    top1: sum(correct) / labels.length,
    top5: amongFive / labels.length,
    meanPerClass: sum(occurring.map((c) => correct[c] / images[c])) / occurring.length,
  };
}

/**
 * Which images are classified rightly, 1 or 0 an image; ties, and what is refused, as in
 * {@link accuracy}.
 */
export function hits({ values, classes }: Scores, labels: ArrayLike<number>): Uint8Array {
  checkScores({ values, classes }, labels);
  return Uint8Array.from(labels, (label, i) => {
    const rank = rankOf(values.subarray(i * classes, (i + 1) * classes), label);
    return rank === 0 ? 1 : 0;
  });
}

/** Without this, what is no number or of no class would come out as right. */
function checkScores({ values, classes }: Scores, labels: ArrayLike<number>): void {
  if (labels.length === 0) throw new Problem("no images to measure an accuracy on");
  const odd = Array.prototype.findIndex.call(labels, (label) => !(label >= 0 && label < classes));
  if (odd >= 0) {
    throw new Problem(
      `image ${odd} has label ${labels[odd]}, but the scores are of ${classes} classes`,
    );
  }
  const nan = values.findIndex(Number.isNaN);
  if (nan < 0) return;
  throw new Problem(
    `a score of image ${Math.floor(nan / classes)} is NaN: look at the features or the classifier`,
  );
}

/** How many classes come before this one. */
function rankOf(scores: Float32Array, label: number): number {
  let rank = 0;
  for (let c = 0; c < scores.length; c++) {
    if (scores[c] > scores[label] || scores[c] === scores[label] && c < label) rank++;
  }
  return rank;
}

function sum(numbers: Iterable<number>): number {
  let total = 0;
  for (const x of numbers) total += x;
  return total;
}
