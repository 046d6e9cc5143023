/** Fine-tuning: how well a backbone serves as the start of training on another task. */
import { Problem } from "../base/problem.ts";
import { prng } from "../base/prng.ts";
import { type Progress, silent } from "../base/progress.ts";
import { type Dataset, unlabeled } from "../datasets/dataset.ts";
import { subset } from "../datasets/subset.ts";
import { dispose } from "../engine/mod.ts";
import { backbone, type BackboneConfig } from "../models/backbone.ts";
import { linear } from "../models/layers.ts";
import type { Variables } from "../models/model.ts";
import { classifier, type ClassifierTraining, trainClassifier } from "../training/classifier.ts";
import { plain, type Policy } from "../views/policy.ts";
import { extract } from "./features.ts";
import { type Accuracy, accuracy } from "./metrics.ts";
import { checkClasses } from "./probe.ts";
import { stratifiedSplit } from "./split.ts";

/** A point of the grid. */
export type FinetuneSetting = Pick<ClassifierTraining, "learningRate" | "weightDecay">;

/** What is fine-tuned, and how. */
export interface Finetune extends Pick<ClassifierTraining, "steps" | "batchSize"> {
  backbone: BackboneConfig;
  /** The weights to start from; they stay the caller's, and as they are. */
  variables: Variables;
  train: Dataset;
  test: Dataset;
  /** Side of the network's input in pixels, that of pretraining. */
  size: number;
  /** The settings to choose from. */
  grid: readonly FinetuneSetting[];
  /** Decides the split, the head's initial weights, the order of images and their views. */
  seed: number;
  /** Default "fp32". */
  precision?: "fp32" | "bf16";
  /** How training images are seen; {@link cropAndFlip} by default. */
  views?: Policy;
}

/** A setting and what became of it. */
export type TriedSetting = FinetuneSetting & {
  /** On the validation images; none where the training diverged. */
  validation?: Accuracy;
  /** Steps after which the loss was not finite, or, after the last, the outputs were not. */
  divergedAt?: number;
};

/** What fine-tuning comes to. */
export interface Finetuned {
  /** On the test images. */
  accuracy: Accuracy;
  chosen: FinetuneSetting;
  /** All of the grid, in its order; none where there is but one, which leaves no choice. */
  tried: TriedSetting[];
  /** Cross entropy in nats of every step of the last training. */
  losses: number[];
}

/**
 * The grid of Ericsson et al. 2021, 20 settings: four learning rates, and weight decays that are
 * divided by them. With it go 5000 steps of 64 images.
 *
 * @see finetune.py in github.com/linusericsson/ssl-transfer
 */
export const ericssonGrid: readonly FinetuneSetting[] = [1e-1, 1e-2, 1e-3, 1e-4]
  .flatMap((learningRate) =>
    [0, 1e-6, 1e-5, 1e-4, 1e-3].map((w) => ({ learningRate, weightDecay: w / learningRate }))
  );

/** Crops of 8 % of the image or more, and flips: torchvision's `RandomResizedCrop`. */
export function cropAndFlip(size: number): Policy {
  return { ...plain(size), crop: { scale: [0.08, 1], ratio: [3 / 4, 4 / 3] }, flip: 0.5 };
}

/**
 * Fine-tunes all weights of a backbone and of a new linear layer behind it: with every setting of
 * the grid on four fifths of the training images, then, with the one whose top-1 accuracy on the
 * last fifth is best (the first of equals), from the start again on all of them. No test image
 * takes part in the choice.
 *
 * Every training is SGD with Nesterov momentum .9 on a learning rate that falls to 0 by half a
 * cosine. Batches are always full: where one is larger than the training set, it has several views
 * of an image. Whatever is drawn depends on the seed and the training images alone, so backbones
 * and arms differ in nothing but the weights they start from. Unlike Ericsson et al.'s, weight
 * decay leaves biases and norms alone.
 *
 * A setting that diverges is recorded as such and cannot be chosen.
 *
 * @throws {Problem} where all settings diverge, or the chosen one does on all images; where the
 *   data sets differ in their classes, an image has no label, or no class has two images to split
 * @see Ericsson et al. 2021, "How Well Do Self-Supervised Models Transfer?" (arXiv 2011.13377),
 *   and finetune.py in github.com/linusericsson/ssl-transfer
 */
export async function finetune(
  run: Finetune,
  { progress = silent, signal }: { progress?: Progress; signal?: AbortSignal } = {},
): Promise<Finetuned> {
  check(run);
  const { train, test, grid, steps } = run;
  const parts = grid.length > 1 ? validationSplit(run) : undefined;
  const trainings = parts ? grid.length + 1 : 1;
  const { start, head } = startOf(run);
  const tune = (setting: FinetuneSetting, images: Images, at: number) =>
    tuneAndTest({ ...run, start }, setting, images, {
      progress: (done, note) => progress(at * steps + done, trainings * steps, note),
      signal,
    });
  try {
    const tried: TriedSetting[] = [];
    for (const setting of parts ? grid : []) {
      const { accuracy: validation, divergedAt } = await tune(setting, parts!, tried.length);
      tried.push(validation ? { ...setting, validation } : { ...setting, divergedAt });
    }
    const chosen = parts ? best(tried) : grid[0];
    const { accuracy, divergedAt, losses } = await tune(chosen, { train, test }, tried.length);
    if (!accuracy) throw diverged([{ ...chosen, divergedAt }], train.name);
    return { accuracy, chosen, tried, losses };
  } finally {
    dispose(head);
  }
}

type Images = { train: Dataset; test: Dataset };
type Outcome = { losses: number[]; accuracy?: Accuracy; divergedAt?: number };

/** Trains with one setting on some images, and tests on others. */
async function tuneAndTest(
  { backbone, start, size, steps, batchSize, seed, precision = "fp32", views = cropAndFlip(size) }:
    & Finetune
    & { start: Variables },
  setting: FinetuneSetting,
  { train, test }: Images,
  { progress, signal }: { progress: (done: number, note: string) => void; signal?: AbortSignal },
): Promise<Outcome> {
  const network = classifier(backbone, train.classes.length);
  const training = { ...setting, steps, batchSize, precision, views };
  const { learningRate, weightDecay } = setting;
  const named = `rate ${learningRate}, decay ${weightDecay}`;
  const { variables, losses } = await trainClassifier(network, start, train, training, {
    random: prng(seed).fork("finetune"),
    progress: (done, _, loss) => progress(done, `${named}  ${loss}`),
    signal,
  });
  try {
    if (!Number.isFinite(losses.at(-1))) return { losses, divergedAt: losses.length - 1 };
    const { values, labels } = await extract(network, variables, test, { size });
    if (!values.every(Number.isFinite)) return { losses, divergedAt: steps };
    return { losses, accuracy: accuracy({ values, classes: network.features }, labels) };
  } finally {
    dispose(variables);
  }
}

/** The network's initial variables; those of its head are new. */
function startOf({ backbone: config, variables, train, seed }: Finetune) {
  const layer = linear(backbone(config).features, train.classes.length, { bias: true });
  const head = layer.init(prng(seed).fork("finetune").fork("head"));
  const start = {
    params: { backbone: variables.params, head: head.params },
    stats: { backbone: variables.stats, head: head.stats },
  };
  return { start, head };
}

/** The training images in two parts: the linear probe's split. */
function validationSplit({ train, seed }: Finetune): Images {
  const labels = Array.from({ length: train.length }, (_, i) => train.label(i));
  const { larger, smaller } = stratifiedSplit(labels, 0.2, prng(seed));
  if (smaller.length === 0) {
    throw new Problem(
      `${train.name}: no class has two images, so none can validate a grid's settings: give ` +
        "more images, or a grid of one setting",
    );
  }
  return {
    train: subset(train, larger, { name: "to fit" }),
    test: subset(train, smaller, { name: "to validate" }),
  };
}

function best(tried: TriedSetting[]): FinetuneSetting {
  const rest = tried.filter(({ validation }) => validation);
  if (rest.length === 0) throw diverged(tried, "the training images");
  const top1 = ({ validation }: TriedSetting) => validation!.top1;
  const { learningRate, weightDecay } = rest.reduce((a, b) => top1(b) > top1(a) ? b : a);
  return { learningRate, weightDecay };
}

function diverged(tried: TriedSetting[], where: string): Problem {
  const rates = tried.map(({ learningRate, divergedAt }) =>
    `${learningRate} (after ${divergedAt} steps)`
  );
  return new Problem(
    `fine-tuning on ${where} diverged at learning rate ${rates.join(", ")}: give lower ones`,
  );
}

function check({ train, test, grid, steps, batchSize }: Finetune): void {
  checkClasses(train, test);
  for (const dataset of [train, test]) {
    const labels = Array.from({ length: dataset.length }, (_, i) => dataset.label(i));
    if (labels.length === 0) throw new Problem(`${dataset.name} has no images to fine-tune with`);
    const bare = labels.indexOf(unlabeled);
    if (bare >= 0) {
      throw new Problem(
        `${dataset.name}: image ${bare} has no label; leave it out (datasets.subset)`,
      );
    }
  }
  if (grid.length === 0) throw new Problem("fine-tuning needs a grid of one setting or more");
  for (const [name, n, least] of [["steps", steps, 1], ["batchSize", batchSize, 2]] as const) {
    if (Number.isInteger(n) && n >= least) continue;
    throw new Problem(`fine-tuning: ${name} is ${n}, it must be a whole number from ${least}`);
  }
  for (const { learningRate, weightDecay } of grid) {
    if (learningRate > 0 && weightDecay >= 0 && learningRate + weightDecay < Infinity) continue;
    throw new Problem(
      `fine-tuning: a learning rate of ${learningRate} with a weight decay of ${weightDecay} is ` +
        "no setting: give a rate above 0 and a decay from 0",
    );
  }
}
