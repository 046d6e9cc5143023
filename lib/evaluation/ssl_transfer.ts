/** The linear evaluation of ssl-transfer, the code of "How Well Do Self-Supervised Models Transfer?". */
import { prng } from "../base/prng.ts";
import { type Progress, silent } from "../base/progress.ts";
import { checkFinite, checkLabels, checkSpace, type Features, selectRows } from "./features.ts";
import { type LinearClassifier, logisticRegression, type Trial, tryEach } from "./linear.ts";
import type { Accuracy } from "./metrics.ts";
import { stratifiedSplit } from "./split.ts";

/** 45 values of C, in the order of the fits: 1 / weight decay for decays from 1e-6 to 1e5. */
export const sslTransferGrid: readonly number[] = Array.from(
  { length: 45 },
  (_, i) => 10 ** (6 - i / 4),
);

/** The classifier that the protocol ends with. */
export interface TransferProbe extends LinearClassifier {
  /** Every C that was tried, in turn, with its accuracy on the validation images. */
  trials: Trial[];
}

/**
 * Multinomial logistic regression on features as they are, by L-BFGS, each fit of 100 iterations at
 * most and started from the coefficients of the one before: with each C on the training images, then
 * with the C that is best on the validation images (the largest of equals) on both together. No test
 * image takes part in the choice.
 *
 * Their random split, where a data set has no validation images, takes a fifth of all training
 * images; ours takes a fifth of each class. A class may be absent from any of the parts; the mean per
 * class is over those that occur, where their code divides by zero.
 *
 * @param validation images to choose C on; without them, a fifth of the training images
 * @param metric top-1, or the mean per class for the data sets where that is the custom (Aircraft,
 *   Caltech-101, Flowers, Pets)
 * @param seed of the split
 * @param progress C by C
 * @throws {Problem} where features are no finite numbers or images have no class, where training and validation images differ
 *   in width or classes, or where no image can be held to choose C on
 * @see Ericsson et al. 2021, section 3.2 (arXiv 2011.13377), and linear.py of
 *   https://github.com/linusericsson/ssl-transfer
 */
export async function sslTransferProbe(
  train: Features,
  { validation, grid = sslTransferGrid, metric = "top1", seed = 0, progress = silent }: {
    validation?: Features;
    grid?: readonly number[];
    metric?: keyof Accuracy;
    seed?: number;
    progress?: Progress;
  } = {},
): Promise<TransferProbe> {
  for (const features of validation ? [train, validation] : [train]) {
    checkFinite(features);
    checkLabels(features);
  }
  const { fitted, held, whole } = validation ? joined(train, validation) : divided(train, seed);
  const { best, last, trials } = await tryEach(grid, fitted, held, { metric, progress });
  const { coefficients: start } = last;
  const chosen = await logisticRegression(whole, best.c, { start, maxIterations: 100 });
  return { ...chosen, trials };
}

type Parts = Record<"fitted" | "held" | "whole", Features>;

function divided(whole: Features, seed: number): Parts {
  const { larger, smaller } = stratifiedSplit(whole.labels, 0.2, prng(seed));
  return { fitted: selectRows(whole, larger), held: selectRows(whole, smaller), whole };
}

function joined(fitted: Features, held: Features): Parts {
  checkSpace(fitted, held);
  const values = new Float32Array(fitted.values.length + held.values.length);
  values.set(fitted.values);
  values.set(held.values, fitted.values.length);
  const labels = new Int32Array(fitted.labels.length + held.labels.length);
  labels.set(fitted.labels);
  labels.set(held.labels, fitted.labels.length);
  return { fitted, held, whole: { ...fitted, values, labels } };
}
