/** One run of the study: what decides it, and what came out. Both are plain JSON. */
import type { EmojiScenesOptions } from "../datasets/emoji_scenes.ts";
import type { MethodConfig } from "../methods/index.ts";
import type { BackboneConfig } from "../models/backbone.ts";
import type { TrainingConfig } from "../training/fit.ts";

/** The embedded data, composed anew wherever a run needs it. */
export interface SceneData {
  source: "emoji scenes";
  options: Required<Omit<EmojiScenesOptions, "progress">>;
}

/** Images of one's own, or of a known set, imported by `deno task data`. */
export interface ImageData {
  source: "images";
  /** Of the imported set. */
  name: string;
  /** Pixels a side in which images are held. */
  size: number;
  /** What stands for an image: its central square (default), or all of it. */
  frame?: "whole";
  /** Images a class for pretraining; all that are left where absent. */
  pretraining?: number;
  /** How many classes pretraining does not see. */
  heldOutClasses: number;
  /** Shares of a class's training images: for fitting probes and, without a test split, for tests. */
  probeShare: number;
  testShare: number;
  /** Other imported sets on which the backbone is probed. */
  transfer: string[];
  /** Decides which classes and images play which part. */
  seed: number;
}

/**
 * Who is whose partner: a view of the same image; another image of its class; both at once, by the mean
 * of the two losses, at twice the views a step; or a mixture. "untrained" is the backbone as it is initialised, the floor.
 */
export type Arm = "augmented" | "semantic" | "both" | "untrained" | `${Mixture} ${number}`;

/**
 * The arms that a number belongs to:
 *   `hybrid 0.5`      half of the anchors have a semantic partner, the others themselves
 *   `curriculum 0.5`  half of the epochs, the last ones, have semantic pairs, the others augmented ones
 *                     (where there are as many rounds as epochs, as in all profiles)
 *   `noisy 0.1`       semantic pairs, of which a tenth is of the wrong class
 *   `mined 10`        pairs of mutual 10 nearest neighbours, by the backbone of the augmented arm
 *   `bootstrapped 10` augmented pairs first, then such as the backbone itself has found so far
 */
export type Mixture = "hybrid" | "curriculum" | "noisy" | "mined" | "bootstrapped";

/** The full configuration of one run. */
export interface Cell {
  data: SceneData | ImageData;
  arm: Arm;
  /** How `pairs.match` builds both arms. */
  pairing: {
    pairsPerClass?: number;
    imagesPerClass?: number | "all";
    rounds: number;
    differ: string[];
  };
  backbone: BackboneConfig;
  /** With all of its options, so that a changed default is another run; "random" if untrained. */
  method: Required<MethodConfig>;
  training: TrainingConfig;
  /** Of the kNN probe; the linear one chooses its regularisation on images that it is fitted on. */
  knn: { k: number; temperature: number };
  /** Gives both arms the same images, order, initial weights and views: seeds are paired. */
  seed: number;
}

/** All that decides a result; its hash is the run's key. */
export interface Inputs {
  cell: Cell;
  /** Hashes of the content of all splits that a run uses, and of the pair list. */
  dataset: string;
  pairs: string;
  /** What computes it, with its devices: arms are compared on one engine only. */
  engine: string;
  /** Counts the changes of code that change results: see `studyVersion`. */
  version: number;
}

/** Where a probe is tested, and on which images it is fitted. */
export type Evaluation =
  /** Fresh images of the pretraining classes, for fitting and for testing: the in-domain number. */
  | "held-out scenes"
  /** The same fit, tested on artists that pretraining has not seen. */
  | "held-out artists"
  /** Classes that pretraining has not seen, for fitting and for testing. */
  | "held-out concepts"
  /** Photographs: fresh images of the pretraining classes, for fitting and for testing. */
  | "held-out images"
  /** Likewise, classes that pretraining has not seen. */
  | "held-out classes"
  /** Another data set. */
  | `transfer to ${string}`
  /** Fitted on the pretraining images, as is usual, tested on the held-out scenes. */
  | "pretraining images";

/** The classifier on frozen features. */
export type Probe = "linear" | "kNN";

/** One number of a run. */
export interface Metric {
  evaluation: Evaluation;
  probe: Probe;
  /** Top-1 accuracy, 0 … 1. */
  accuracy: number;
  /**
   * The hash of the test images, how many there are, and which were right, see `packBits`; absent in
   * runs that were stored before it was kept.
   */
  testSet?: string;
  images?: number;
  correct?: string;
}

/** What came out of a cell. */
export interface Run {
  inputs: Inputs;
  metrics: Metric[];
  /** The training loss, averaged over each epoch. */
  curve: number[];
  /** Share of an anchor's negatives that were of its class, mean over all steps, 0 … 1. */
  sameClassNegatives: number;
  /** Of arms whose pairs are mined: what they were found to be. */
  mined?: MinedPairs[];
  stepsPerSecond: number;
  /** Of training and evaluation; where it went on from a checkpoint, its steps at their pace. */
  seconds: number;
  /** What computed it. */
  machine: Machine;
}

/** What the pairs that were mined are, from an epoch on. */
export interface MinedPairs {
  epoch: number;
  /** The hash of the list. */
  list: string;
  /** Shares of the anchors, 0 … 1: with a partner other than itself; with one of its class. */
  paired: number;
  right: number;
}

/** What computed a run. */
export interface Machine {
  engine: string;
  /** e.g. `2 x AMD EPYC`, or `1 of 2 x AMD EPYC` where others computed beside. */
  hardware: string;
  deno: string;
  tfjs: string;
}
