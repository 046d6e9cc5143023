/** Which runs answer a question. A design is a list of cells; a profile says at what size. */
import { Problem } from "../base/problem.ts";
import { methods as registry, resolveMethod } from "../methods/index.ts";
import type { TrainingConfig } from "../training/fit.ts";
import { resnet50 } from "../models/presets.ts";
import { gentle, simclr, weak } from "../views/policy.ts";
import type { Cell, ImageData } from "./cell.ts";
import { type ProfileName, settingOf } from "./settings.ts";

/** A study at the size of a profile. */
export interface Design {
  figure: string;
  profile: string;
  /** Whether verdicts may be drawn; its runs are kept in the checkout, those of others in the cache. */
  conclusive: boolean;
  cells: Cell[];
  /** Where its results go, where that is not the checkout's `results/`. */
  folder?: string;
}

/** What a profile fixes for every cell of a figure. */
interface Profile {
  conclusive: boolean;
  /** Those of its figures; {@link everyMethod} takes all. */
  methods: string[];
  seeds: number[];
  setting: Omit<Cell, "arm" | "method" | "seed" | "training"> & {
    training: Omit<TrainingConfig, "optimizer">;
  };
}

/**
 * What do semantic pairs add to each method? Every method in both arms for every seed, and for every
 * seed the backbone as it is initialised. Arms of one seed share images, initial weights, order and
 * views.
 *
 * @param profile "smoke", "desk", "photos" or "imagenet"
 * @throws {Problem} for a profile that does not exist, or whose data are not there
 */
export function perMethodGains(profile: string): Design {
  const made = profileOf(profile);
  const cells = cellsOf(made, profile as ProfileName);
  return { figure: "per-method gains", profile, conclusive: made.conclusive, cells };
}

/** Does every method learn? All that train, in both arms, with the first seed of a profile. */
export function everyMethod(profile: string): Design {
  const made = profileOf(profile), seeds = made.seeds.slice(0, 1);
  const cells = cellsOf({ ...made, methods: trained(), seeds }, profile as ProfileName);
  return { figure: "every method", profile, conclusive: made.conclusive, cells };
}

/** @param settings the profile whose rates and options the methods take */
function cellsOf({ setting, methods, seeds }: Profile, settings: ProfileName): Cell[] {
  const cellOf = (name: string) => {
    const { options, optimizer } = settingOf(settings, name, setting.training.batchSize);
    return {
      ...setting,
      method: { name, options: resolveMethod({ name, options }).options },
      training: { ...setting.training, optimizer },
    };
  };
  return seeds.flatMap((seed): Cell[] => [
    { ...cellOf("random"), arm: "untrained", seed },
    ...methods.flatMap((name) => [
      { ...cellOf(name), arm: "augmented" as const, seed },
      { ...cellOf(name), arm: "semantic" as const, seed },
    ]),
  ]);
}

/** The methods that train. */
const trained = () => Object.keys(registry).filter((name) => registry[name].loss);

function profileOf(name: string): Profile {
  if (Object.hasOwn(profiles, name)) return profiles[name as keyof typeof profiles]();
  throw new Problem(
    `no profile "${name}": choose one of ${Object.keys(profiles).join(", ")}`,
  );
}

/**
 * Everything runs, nothing is shown.
 *   deno task reproduce --profile smoke
 *   2 cores: seconds
 */
const smoke = (): Profile => ({
  conclusive: false,
  methods: trained(),
  seeds: [1, 2],
  setting: {
    data: {
      source: "emoji scenes",
      options: { concepts: 4, heldOutConcepts: 4, scenes: 16, size: 32, seed: 1 },
    },
    pairing: { pairsPerClass: 16, rounds: 2, differ: [] },
    backbone: { architecture: "resnet", block: "basic", blocks: [1, 1], width: 8, stem: "cifar" },
    training: {
      epochs: 2,
      batchSize: 32,
      composition: "random",
      warmupEpochs: 0.5,
      precision: "fp32",
      views: simclr(32),
    },
    knn: { k: 20, temperature: 0.1 },
  },
});

/**
 * The embedded scenes on a desk. Views and learning rates are those that were best for the mean of
 * both arms on validation images of another draw of concepts and scenes (data seed 1):
 * `deno task tune --profile desk`, results/tuning/desk.json. A batch of 60 divides the epoch: no
 * image is left out; with 120, in half as many steps, the methods without negatives hardly left
 * their start.
 *   deno task reproduce --profile desk
 *   2 cores (AMD EPYC): the notebook says how long the runs took, and what came out
 */
const desk = (): Profile => ({
  conclusive: true,
  methods: ["simclr", "swav", "byol", "barlow_twins"], // one a family: 27 runs
  seeds: [1, 2, 3],
  setting: {
    data: {
      source: "emoji scenes",
      options: { concepts: 60, heldOutConcepts: 30, scenes: 60, size: 32, seed: 3 },
    },
    pairing: { pairsPerClass: 60, rounds: 12, differ: [] },
    backbone: {
      architecture: "resnet",
      block: "basic",
      blocks: [1, 1, 1, 1],
      width: 16,
      stem: "strided",
    },
    training: {
      epochs: 12,
      batchSize: 60,
      composition: "random",
      warmupEpochs: 1,
      precision: "bf16",
      views: weak(32),
    },
    knn: { k: 20, temperature: 0.1 },
  },
});

/**
 * Photographs: Tiny-ImageNet-200, or the part of its classes that was imported, 20 of them held out,
 * and CIFAR-10 for transfer; batches of distinct classes, long enough for the semantic
 * loss to fall.
 *   deno task data tiny-imagenet; deno task data cifar-10; deno task reproduce --profile photos
 *   2 cores: hours
 */
const photos = (): Profile => ({
  conclusive: true,
  methods: ["simclr", "swav", "byol", "barlow_twins"],
  seeds: [1, 2, 3],
  setting: {
    data: {
      source: "images",
      name: "tiny-imagenet",
      size: 64,
      pretraining: 400,
      heldOutClasses: 20,
      probeShare: 0.2,
      testShare: 0.1,
      transfer: ["cifar-10"],
      seed: 1,
    },
    pairing: { pairsPerClass: 400, rounds: 20, differ: [] },
    backbone: {
      architecture: "resnet",
      block: "basic",
      blocks: [1, 1, 1, 1],
      width: 32,
      stem: "strided",
    },
    training: {
      epochs: 20,
      batchSize: 40,
      composition: "distinct classes",
      warmupEpochs: 1,
      precision: "bf16",
      views: { ...simclr(32), crop: weak(32).crop },
    },
    knn: { k: 20, temperature: 0.1 },
  },
});

/**
 * ImageNet-1K as published: ResNet-50, 224 px, whole images streamed from the archive's JPEG files.
 *   deno task data imagenet --archive ILSVRC2012_img_train.tar …; then on a cluster, not tried yet
 */
const imagenet = (): Profile => ({
  conclusive: true,
  methods: trained(),
  seeds: [1, 2, 3],
  setting: {
    data: {
      source: "images",
      name: "imagenet",
      size: 224,
      frame: "whole",
      heldOutClasses: 200,
      probeShare: 0.1,
      testShare: 0.1,
      transfer: [],
      seed: 1,
    },
    pairing: { imagesPerClass: "all", rounds: 100, differ: [] },
    backbone: resnet50({ stem: "imagenet" }),
    training: {
      epochs: 100,
      batchSize: 256,
      composition: "random",
      warmupEpochs: 10,
      precision: "bf16",
      views: simclr(224),
    },
    knn: { k: 200, temperature: 0.1 },
  },
});

const profiles = { smoke, desk, photos, imagenet };

/** The data of a study on images of one's own: a fifth for fitting probes, a fifth for tests. */
export function ownData(name: string, size: number): ImageData {
  const shares = { probeShare: 0.2, testShare: 0.2 };
  return { source: "images", name, size, heldOutClasses: 0, ...shares, transfer: [], seed: 1 };
}

/** What a study on images of one's own leaves to choose. */
export interface OwnImages {
  data: ImageData;
  /** How many of the images pretraining has: the pairs of an epoch. */
  pairs: number;
  methods: string[];
  seeds: number;
  /** Training steps of each run, at least. */
  steps: number;
  /** Where results go. */
  folder: string;
}

/**
 * Both arms on images of one's own: the desk's network and rates, crops and colours that keep the
 * object, every class with all of its images, each seed with test images of its own. Batches of at
 * most 60 pairs divide an epoch as evenly as can be.
 *
 * @throws {Problem} for a method that does not exist or does not train
 */
export function ownImages({ data, pairs, methods, seeds, steps, folder }: OwnImages): Design {
  const perEpoch = Math.ceil(pairs / 60);
  const batchSize = Math.floor(pairs / perEpoch);
  const epochs = Math.max(2, Math.ceil(steps / perEpoch));
  const unknown = methods.find((method) => !trained().includes(method));
  if (unknown !== undefined) {
    throw new Problem(`no method "${unknown}" that trains: choose of ${trained().join(", ")}`);
  }
  const { setting } = desk(), { name, size } = data;
  const cells = cellsOf({
    conclusive: true,
    methods,
    seeds: Array.from({ length: seeds }, (_, i) => i + 1),
    setting: {
      ...setting,
      data,
      pairing: { imagesPerClass: "all", rounds: epochs, differ: [] },
      training: {
        ...setting.training,
        ...{ epochs, batchSize, warmupEpochs: epochs / 12, views: gentle(size) },
      },
    },
  }, "desk");
  // Each seed draws its own test images: the interval covers their choice too.
  const drawn = cells.map((cell) => ({ ...cell, data: { ...data, seed: cell.seed } }));
  const figure = `per-method gains, ${name}`;
  return { figure, profile: "own", conclusive: true, cells: drawn, folder };
}
