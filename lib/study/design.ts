/** Which runs answer a question. A design is a list of cells; a profile says at what size. */
import { Problem } from "../base/problem.ts";
import { type MethodConfig, methods as registry, resolveMethod } from "../methods/index.ts";
import { simclr, weak } from "../views/policy.ts";
import type { Cell } from "./cell.ts";

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
  /** With options where they are not the defaults, and a learning rate where it is not the setting's. */
  methods: (MethodConfig & { learningRate?: number })[];
  seeds: number[];
  setting: Omit<Cell, "arm" | "method" | "seed">;
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
  const { conclusive, methods, seeds, setting } = profileOf(profile);
  const { training } = setting;
  const trained = methods.map(({ learningRate = training.optimizer.learningRate, ...method }) => ({
    ...setting,
    method: { name: method.name, options: resolveMethod(method).options },
    training: { ...training, optimizer: { ...training.optimizer, learningRate } },
  }));
  const cells = seeds.flatMap((seed): Cell[] => [
    { ...setting, arm: "untrained", method: null, seed },
    ...trained.flatMap((cell) => [
      { ...cell, arm: "augmented" as const, seed },
      { ...cell, arm: "semantic" as const, seed },
    ]),
  ]);
  return { figure: "per-method gains", profile, conclusive, cells };
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
  methods: Object.keys(registry).map((name) => ({ name })),
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
      parts: 1,
      optimizer: { name: "sgd", learningRate: 0.06, momentum: 0.9, weightDecay: 5e-4 },
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
 * --profile desk`, results/tuning/desk.json. A batch of 120 divides the epoch: no image is left out.
 *   deno task reproduce --profile desk
 *   2 cores (AMD EPYC): the notebook says how long the runs took, and what came out
 */
const desk = (): Profile => ({
  conclusive: true,
  methods: [
    { name: "simclr", options: { hidden: 512, projection: 128 }, learningRate: 0.1 },
    { name: "barlow_twins", options: { hidden: 512, projection: 512 }, learningRate: 0.01 },
  ],
  seeds: [1, 2, 3],
  setting: {
    data: {
      source: "emoji scenes",
      options: { concepts: 60, heldOutConcepts: 30, scenes: 60, size: 32, seed: 2 },
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
      batchSize: 120,
      composition: "random",
      parts: 1,
      optimizer: { name: "sgd", learningRate: 0.1, momentum: 0.9, weightDecay: 5e-4 },
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
