/** What is asked of a pretrained backbone beyond the probes of its own run. All is plain JSON. */
import type { DetectionScenesOptions } from "../datasets/emoji_scenes.ts";
import type { CorruptionKind, VariationKind } from "../datasets/transformed.ts";
import type { DetectionTraining } from "../evaluation/detection.ts";
import type { FinetuneSetting } from "../evaluation/finetune.ts";
import type { FasterRcnnConfig } from "../models/faster_rcnn.ts";
import type { FcosConfig } from "../models/fcos.ts";
import type { Policy } from "../views/policy.ts";
import type { Cell, Evaluation, Inputs, Machine } from "./cell.ts";
import type { Design } from "./design.ts";

/** Classifiers on frozen features, on any of the cell's data sets. */
export interface TransferTask {
  kind: "transfer";
  targets: Evaluation[];
  /** Values of C of the logistic regression, chosen from on a part of the training images. */
  grid: readonly number[];
  /** Accuracy of nearest class means over episodes, on some of the targets, see `evaluation.fewShot`. */
  fewShot: {
    targets: Evaluation[];
    ways: number;
    shots: number[];
    queries: number;
    episodes: number;
  };
}

/** The whole network trained further on labelled images, see `evaluation.finetune`. */
export interface FinetuneTask {
  kind: "finetune";
  target: Evaluation;
  steps: number;
  batchSize: number;
  /** How training images are seen. */
  views: Policy;
  /** Chosen from on a part of the training images. */
  grid: readonly FinetuneSetting[];
}

/** A detector trained on the backbone. */
export interface DetectionTask {
  kind: "detection";
  /** Images with boxes to train on and to test on. */
  data:
    | { source: "emoji scenes"; options: Required<Omit<DetectionScenesOptions, "progress">> }
    | {
      source: "images";
      /** Of the imported set, and of its splits; all of `train` are trained on. */
      name: string;
      train: string[];
      test: string;
      /** Pixels a side in which images are held, and what stands for an image. */
      size: number;
      frame?: "whole";
    };
  detector:
    | { name: "fcos" } & Omit<FcosConfig, "classes">
    | { name: "faster r-cnn" } & Omit<FasterRcnnConfig, "classes">;
  training: DetectionTraining;
  /** Square pixels up to which an object is small, and from which on it is large. */
  areas: [number, number];
  /** Whose rule VOC's AP follows. */
  voc: 2007 | 2012;
}

/** What features depend on; measured on fresh images of the pretraining classes. */
export interface InvarianceTask {
  kind: "invariance";
  /** Whose test images are looked at; probes are fitted on its other images. */
  images: Evaluation;
  /** Factors that are nuisance. */
  factors: string[];
  /** Values of C of the factors' probes, chosen from on a part of the other images. */
  grid: readonly number[];
  /** Images that are looked at, of those that probes are fitted on and of the others, at most. */
  most: number;
  /** Nearest images whose factors are compared. */
  neighbours: number;
  /** Changes of images, see `datasets.transformed`, and how many images are changed. */
  transformations: (CorruptionKind | VariationKind)[];
  changed: number;
}

/** Every task, by its kind. */
export type Task = TransferTask | FinetuneTask | DetectionTask | InvarianceTask;

/** A task that a backbone is put to. */
export interface Assessment {
  cell: Cell;
  task: Task;
}

/** Assessments that answer a question; `cells` are the backbones that take part. */
export interface Assessments extends Design {
  assessments: Assessment[];
}

/** All that decides what comes out; its hash is the key of the result. */
export interface AssessmentInputs {
  pretraining: Inputs;
  task: Task;
  /** Hash of the images that only the task looks at. */
  images: string;
  /** Counts the changes of code that change results. */
  version: number;
}

/** One number. */
export interface Measure {
  /** On what it was measured: a data set, a factor. */
  subject: string;
  /** What was measured, e.g. `linear`. */
  measure: string;
  /** Shares in percent; null where it is not defined, e.g. of features that are all equal. */
  value: number | null;
}

/** What came out of an assessment. */
export interface Assessed {
  inputs: AssessmentInputs;
  measures: Measure[];
  /** What a picture is drawn from, or what was chosen: as the task has it. */
  details: Record<string, unknown>;
  /** Of the weights that were asked, `Frozen.hash`. */
  weights: string;
  seconds: number;
  machine: Machine;
}

/** What a task gives. */
export type Outcome = Pick<Assessed, "measures" | "details">;
