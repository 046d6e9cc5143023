/** The backbone's features of a data set: what every evaluation starts from. */
import { Problem } from "../base/problem.ts";
import { type Prng, prng } from "../base/prng.ts";
import { type Progress, silent } from "../base/progress.ts";
import { type Dataset, unlabeled } from "../datasets/dataset.ts";
import { dispose, jit, type Jitted, tf } from "../engine/mod.ts";
import type { Model, Variables } from "../models/model.ts";
import { plain, type Policy } from "../views/policy.ts";
import { makeViews } from "../views/views.ts";

/** Features of n images, row by row. */
export interface Features {
  /** [n, width] */
  values: Float32Array;
  width: number;
  /** [n] */
  labels: Int32Array;
  /** Number of classes. */
  classes: number;
}

/**
 * Features of the whole images (no augmentation; resized to the training size and normalised as the
 * views are), batch norm by its running statistics.
 *
 * @param size side of the network's input in pixels, that of pretraining
 * @param indices which images; all of them by default
 * @param views how each image is seen; whole by default
 * @param random where views are drawn from
 */
export async function extract(
  model: Model,
  variables: Variables,
  dataset: Dataset,
  { size, indices, views = plain(size), random = unused, batchSize = 128, progress = silent }: {
    size: number;
    views?: Policy;
    random?: Prng;
    indices?: ArrayLike<number>;
    batchSize?: number;
    progress?: Progress;
  },
): Promise<Features> {
  const all = Int32Array.from(indices ?? { length: dataset.length }, (i, at) => i ?? at);
  const values = new Float32Array(all.length * model.features);
  const viewsOf = makeViews(views);
  const forward = forwardOf(model);
  for (let start = 0; start < all.length; start += batchSize) {
    const end = Math.min(start + batchSize, all.length);
    // The last batch is filled up: another size would have to be compiled.
    const batch = Int32Array.from(
      { length: batchSize },
      (_, i) => all[Math.min(start + i, end - 1)],
    );
    const images = await viewsOf(dataset, batch, random.fork(`${start}`));
    const y = await forward.async(variables, images);
    const rows = (await y.data()).subarray(0, (end - start) * model.features);
    values.set(rows, start * model.features);
    dispose(images, y);
    progress(end, all.length);
  }
  return {
    values,
    width: model.features,
    labels: all.map((i) => dataset.label(i)),
    classes: dataset.classes.length,
  };
}

type Forward = Jitted<[Variables, tf.Tensor], tf.Tensor2D>;

const forwards = new WeakMap<Model, Forward>();

/** One for each model, as long as it lives: whoever asks again and again traces once. */
function forwardOf(model: Model): Forward {
  const compile = () =>
    jit((variables: Variables, images: tf.Tensor) =>
      model.apply(variables, images, { training: false }).y
    );
  if (!forwards.has(model)) forwards.set(model, compile());
  return forwards.get(model)!;
}

/** The whole image leaves nothing to chance. */
const unused = prng("unused");

/** Some of the rows, in the order of the indices. */
export function selectRows(
  { values, width, labels, classes }: Features,
  indices: ArrayLike<number>,
): Features {
  const selected = new Float32Array(indices.length * width);
  for (let row = 0; row < indices.length; row++) {
    const from = indices[row] * width;
    selected.set(values.subarray(from, from + width), row * width);
  }
  return { values: selected, width, labels: Int32Array.from(indices, (i) => labels[i]), classes };
}

/**
 * Checks that every row has a class, which a classifier is fitted on.
 *
 * @throws {Problem} naming the first image that has none
 */
export function checkLabels({ labels }: Features): void {
  const bare = labels.indexOf(unlabeled);
  if (bare < 0) return;
  throw new Problem(`image ${bare} has no class to fit a classifier on; leave such images out`);
}

/**
 * Checks that what was made from some features can be used on others.
 *
 * @throws {Problem} where they differ in width or classes, where there is nothing to use it on, or
 *   where a feature is no finite number
 */
export function checkSpace(
  made: { width: number; classes: number },
  features: Features,
): void {
  const describe = ({ width, classes }: typeof made) => `${width} features and ${classes} classes`;
  if (features.labels.length === 0) throw new Problem("no images to evaluate on");
  if (features.width === made.width && features.classes === made.classes) {
    return checkFinite(features);
  }
  throw new Problem(
    `cannot evaluate on images with ${describe(features)} what was made from ${describe(made)}: ` +
      "take both from one backbone and one list of classes",
  );
}

/**
 * Checks that every feature is a finite number: one that is not would spoil all that is computed.
 *
 * @throws {Problem} naming the first image with such a feature
 */
export function checkFinite({ values, width }: Features): void {
  for (let at = 0; at < values.length; at++) {
    if (Number.isFinite(values[at])) continue;
    throw new Problem(
      `feature ${at % width} of image ${Math.floor(at / width)} is ${values[at]}: the backbone's ` +
        "weights or its input are no numbers; look at its training losses and train it again",
    );
  }
}
