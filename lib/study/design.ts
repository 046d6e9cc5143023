/** Which runs answer a question. A design is a list of cells; a profile says at what size. */
import { Problem } from "../base/problem.ts";
import { methods as registry, resolveMethod } from "../methods/index.ts";
import type { TrainingConfig } from "../training/fit.ts";
import { simclr, weak } from "../views/policy.ts";
import type { Cell } from "./cell.ts";
import { type ProfileName, settingOf } from "./settings.ts";

/** A study at the size of a profile. */
export interface Design {
  figure: string;
  profile: string;
  /** Whether verdicts may be drawn; its runs are kept in the checkout, those of others in the cache. */
  conclusive: boolean;
  cells: Cell[];
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
  const { conclusive, methods, seeds } = profileOf(profile);
  return {
    figure: "per-method gains",
    profile,
    conclusive,
    cells: cellsOf(profile, methods, seeds),
  };
}

/** Does every method learn? All that train, in both arms, with the first seed of a profile. */
export function everyMethod(profile: string): Design {
  const { conclusive, seeds } = profileOf(profile);
  const names = Object.keys(registry).filter((name) => registry[name].loss);
  const cells = cellsOf(profile, names, seeds.slice(0, 1));
  return { figure: "every method", profile, conclusive, cells };
}

function cellsOf(profile: string, methods: string[], seeds: number[]): Cell[] {
  const { setting } = profileOf(profile);
  const cellOf = (name: string) => {
    const { options, optimizer } = settingOf(
      profile as ProfileName,
      name,
      setting.training.batchSize,
    );
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
  methods: Object.keys(registry).filter((name) => registry[name].loss),
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
 * both arms on validation images of other concepts and scenes (data seed 1): `deno task tune
 * --profile desk`, results/tuning/desk.json. A batch of 60 divides the epoch: no image is left out;
 * with 120, in half as many steps, the methods without negatives hardly left their start.
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

/** Real photographs: arrives with the data sources for them. */
const photos = (): Profile => {
  throw new Problem(
    "the profile photos needs Tiny-ImageNet-200 and CIFAR-10, which this version cannot read yet: " +
      "it arrives with the sources for photographs; use --profile desk until then",
  );
};

/** ImageNet-1K at full size: arrives with the data sources for it. */
const imagenet = (): Profile => {
  throw new Problem(
    "the profile imagenet needs ImageNet-1K as a folder of images, which this version cannot read " +
      "yet: it arrives with the sources for photographs; use --profile desk until then",
  );
};

const profiles = { smoke, desk, photos, imagenet };
