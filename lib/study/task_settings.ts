/** How large the tasks are that backbones are put to, at each profile, and whose backbones. */
import { cropAndFlip, ericssonGrid } from "../evaluation/finetune.ts";
import { wholeImage } from "../evaluation/box_views.ts";
import { sslTransferGrid } from "../evaluation/ssl_transfer.ts";
import { r50c4, vocSchedule } from "../models/faster_rcnn.ts";
import { cifar, flips, largeCrops, type Policy, simclr, weak } from "../views/policy.ts";
import type {
  DetectionTask,
  FinetuneTask,
  InvarianceTask,
  Task,
  TransferTask,
} from "./assessment.ts";
import type { Cell, Evaluation } from "./cell.ts";
import type { Design } from "./design.ts";

/** What a profile fixes for the tasks. */
export interface TaskSetting {
  /** Whose backbones are put to each task. */
  methods: Record<Task["kind"] | "ablation", string[]>;
  transfer: TransferTask;
  finetune: Omit<FinetuneTask, "kind" | "target">;
  detection: DetectionTask[];
  invariance: InvarianceTask;
  /** Kinds of views, from the strongest on. */
  ablation: Record<string, (size: number) => Policy>;
}

const scenes: Evaluation[] = ["held-out concepts", "held-out artists", "held-out scenes"];

/** The tasks at the size of a design's profile. */
export function tasksOf(design: Design): TaskSetting {
  if (design.profile === "smoke") return smoke();
  return design.cells[0].data.source === "emoji scenes" ? desk() : photographs(design);
}

const modes = ["frozen", "finetuned"] as const;

/**
 * FCOS on scenes of several objects, whose classes are among those of pretraining. Stage and rate were
 * chosen on other scenes of the same kind, the rate on the augmented arm; the head is a small one, for
 * its time, tried on other scenes with both arms.
 */
function scenesDetection(
  { classes, scenes, steps, seed }: {
    classes: number;
    scenes: { train: number; test: number };
    steps: { frozen: number; finetuned: number };
    seed: number;
  },
): DetectionTask[] {
  return modes.map((mode) => ({
    kind: "detection",
    data: { source: "emoji scenes", options: { classes, scenes, size: 64, seed } },
    detector: { name: "fcos", stage: 2, levels: 1, channels: 48, convs: 1 },
    training: {
      ...{ mode, steps: steps[mode], batchSize: 16, warmup: Math.ceil(steps[mode] / 10) },
      precision: "bf16",
      optimizer: { name: "adamw", learningRate: 5e-3, weightDecay: 1e-4 },
      views: { ...wholeImage(64), flip: 0.5 },
    },
    areas: [16 ** 2, 24 ** 2],
    voc: 2012,
  }));
}

/** Half of the changes are in no training pipeline here. */
const changes: InvarianceTask["transformations"] = [
  ...["rotation", "scale", "translation", "hue", "grayscale"] as const,
  ...["gaussianNoise", "defocusBlur", "contrast", "brightness", "jpegCompression"] as const,
];

/** Values of C for what is often not there to be read: two decades apart. */
const factorGrid = [1e-3, 1e-1, 1e1, 1e3];

const scenesInvariance: InvarianceTask = {
  kind: "invariance",
  images: "held-out scenes",
  factors: [
    ...["background", "backgroundHue", "texture", "light", "temperature", "clutter"],
    ...["scale", "rotation", "x", "y", "artist"],
  ],
  grid: factorGrid,
  most: 5000,
  neighbours: 10,
  transformations: changes,
  changed: 160,
};

const grid = (learningRates: number[]) =>
  learningRates.map((learningRate) => ({ learningRate, weightDecay: 1e-3 }));

/** Everything runs, nothing is shown. */
const smoke = (): TaskSetting => ({
  methods: {
    ...{ transfer: ["simclr", "byol"], invariance: ["simclr", "byol"] },
    ...{ finetune: ["simclr"], detection: ["simclr"], ablation: ["simclr"] },
  },
  transfer: {
    kind: "transfer",
    targets: scenes,
    grid: [1e-2, 1],
    fewShot: { targets: ["held-out concepts"], ways: 4, shots: [1, 5], queries: 15, episodes: 20 },
  },
  finetune: { steps: 4, batchSize: 16, views: weak(32), grid: grid([0.1, 0.3]) },
  detection: scenesDetection({
    ...{ classes: 4, scenes: { train: 16, test: 16 }, seed: 1 },
    steps: { frozen: 2, finetuned: 2 },
  }),
  invariance: {
    ...scenesInvariance,
    ...{ transformations: ["rotation", "jpegCompression"], changed: 32 },
  },
  ablation: { weak, flips },
});

/** On the embedded scenes: all of it in 12 minutes on 2 cores. */
const desk = (): TaskSetting => ({
  methods: {
    transfer: ["simclr", "byol", "barlow_twins"],
    invariance: ["simclr", "byol"],
    ...{ finetune: ["simclr"], detection: ["simclr"], ablation: ["simclr"] },
  },
  transfer: {
    kind: "transfer",
    targets: scenes,
    grid: sslTransferGrid,
    fewShot: {
      targets: ["held-out concepts"],
      ...{ ways: 5, shots: [1, 5, 10], queries: 15, episodes: 600 },
    },
  },
  finetune: { steps: 60, batchSize: 64, views: weak(32), grid: grid([0.03, 0.1, 0.3, 1]) },
  detection: scenesDetection({
    ...{ classes: 15, scenes: { train: 1000, test: 300 }, seed: 3 },
    steps: { frozen: 300, finetuned: 200 },
  }),
  invariance: scenesInvariance,
  ablation: { full: simclr, weak },
});

/** Photographs, at the profiles' own sizes. */
function photographs({ cells: [{ data, training: { views: { size } } }] }: Design): TaskSetting {
  const targets: Evaluation[] = data.source === "images"
    ? ["held-out images", ...data.transfer.map((set): Evaluation => `transfer to ${set}`)]
    : [];
  const novel: Evaluation[] = data.source === "images" && data.heldOutClasses > 0
    ? ["held-out classes"]
    : [];
  const some = ["simclr", "vicreg", "byol", "barlow_twins"];
  const small = size <= 64; // some hours on 2 cores, where the published protocols would take days
  const full = small ? cifar : simclr; // as published for images of that size
  const one = small ? ["simclr"] : ["simclr", "byol"];
  return {
    methods: {
      ...{ transfer: some, invariance: some },
      ...{ finetune: one, detection: one, ablation: one },
    },
    transfer: {
      kind: "transfer",
      targets: [...novel, ...targets],
      grid: sslTransferGrid,
      fewShot: { targets: novel, ways: 5, shots: [1, 5, 10], queries: 15, episodes: 600 },
    },
    finetune: {
      ...(small
        ? { steps: 1000, grid: grid([0.01, 0.03, 0.1, 0.3]) }
        : { steps: 5000, grid: ericssonGrid }),
      ...{ batchSize: 64, views: cropAndFlip(size) },
    },
    detection: photographsDetection(data),
    invariance: {
      ...{ kind: "invariance", images: "held-out images", neighbours: 10 },
      factors: ["background", "light", "contrast", "warmth"],
      ...{ grid: factorGrid, most: 5000 },
      ...{ transformations: changes, changed: 1000 },
    },
    ablation: { full, "large crops": largeCrops(full), weak },
  };
}

/**
 * ImageNet's backbones by the protocol of MoCo, on VOC 2007 + 2012 imported as one set `voc`, at one
 * scale; small photographs by FCOS on Tiny-ImageNet's own boxes, one an image.
 */
function photographsDetection(data: Cell["data"]): DetectionTask[] {
  if (data.source === "images" && data.size > 64) return [vocDetection];
  return modes.map((mode) => ({
    kind: "detection",
    data: { source: "images", name: "tiny-imagenet", train: ["train"], test: "val", size: 64 },
    detector: { name: "fcos", stage: 3, levels: 2, channels: 64, convs: 2 }, // strides 4 and 8
    training: {
      ...{ mode, steps: 1500, batchSize: 32, warmup: 150 },
      optimizer: { name: "adamw", learningRate: 1e-3, weightDecay: 1e-4 },
      views: { ...wholeImage(64), flip: 0.5 },
    },
    areas: [24 ** 2, 48 ** 2],
    voc: 2012,
  }));
}

/**
 * MoCo's detector on VOC, with departures: images are squeezed to one square size, and the rate falls
 * by half a cosine.
 */
const { classes: _, ...vocHead } = r50c4(20);
const vocDetection: DetectionTask = {
  kind: "detection",
  data: {
    ...{ source: "images", name: "voc", train: ["train", "val"], test: "test" },
    ...{ size: 544, frame: "whole" },
  },
  detector: { name: "faster r-cnn", ...vocHead },
  training: {
    mode: "finetuned",
    steps: vocSchedule.steps,
    batchSize: vocSchedule.batch,
    warmup: vocSchedule.warmup,
    optimizer: {
      name: "sgd",
      learningRate: vocSchedule.optimizer.rate,
      momentum: vocSchedule.optimizer.momentum,
      weightDecay: vocSchedule.optimizer.weightDecay,
    },
    views: { ...wholeImage(544), flip: 0.5 },
  },
  areas: [32 ** 2, 96 ** 2],
  voc: 2007,
};
