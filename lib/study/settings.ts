/** How each method is trained at each profile: the method's options, the optimizer, its rate. */
import { Problem } from "../base/problem.ts";
import { methods } from "../methods/index.ts";
import type { MethodOptions } from "../methods/method.ts";
import type { CropsConfig } from "../training/batch_views.ts";
import type { OptimizerConfig } from "../training/optimizers.ts";
import { simclr } from "../views/policy.ts";

/** What a profile decides for one method. */
export type MethodSetting = {
  /** Where they differ from the method's defaults. */
  options?: MethodOptions;
  optimizer: OptimizerConfig;
  /** Small views beside the full ones, for the methods that use them. */
  crops?: CropsConfig;
};

export type ProfileName = "smoke" | "desk" | "photos" | "imagenet";

/**
 * The setting of a method at a profile.
 *
 * @param batchSize pairs a step: published rates are given for 256 and grow with the batch (Goyal et
 *   al. 2017, arXiv 1706.02677); those of smoke and desk hold for their own batches
 * @throws {Problem} where the profile has none for it
 */
export function settingOf(profile: ProfileName, method: string, batchSize: number): MethodSetting {
  const known = Object.hasOwn(methods, method);
  if (known && !methods[method].loss) return untrained;
  const found = known && settings[profile](method, batchSize / 256);
  if (found) return found;
  throw new Problem(`the profile ${profile} has no setting for the method "${method}"`);
}

/** What takes no steps needs no rate. */
const untrained: MethodSetting = { optimizer: configOf(["sgd", 0, 0]) };

/** A rate for 256 pairs, and a weight decay. */
type Published = [name: "sgd" | "lars", learningRate: number, weightDecay: number];

/**
 * Small heads, and memories that follow within a run of some hundred steps, as the published momenta
 * do within a thousand epochs. Those of MoCo v2, SwAV, DINO and SimSiam (widths) were tried by hand,
 * on the validation images of `tune` and in the semantic arm alone, until that arm learned: with
 * larger memories its loss stayed where it began, whatever the rate, while the augmented arm's fell.
 * SimSiam's were narrowed after a first desk run had shown it near the untrained backbone.
 */
const small: Record<string, MethodOptions> = {
  simclr: { hidden: 512, projection: 128 },
  moco_v2: {
    ...{ hidden: 512, projection: 128, temperature: 0.1 },
    ...{ queue: 480, tau: 0.99, finalTau: 0.99 }, // with a longer queue or a faster average: nothing
  },
  moco_v3: { hidden: 512, projection: 128, tau: 0.96 },
  nnclr: { hidden: 512, projection: 128, predictorHidden: 512, queue: 1920 },
  swav: { hidden: 512, temperature: 0.2, prototypes: 300, queue: 0, frozenEpochs: 1 },
  dino: {
    ...{ hidden: 512, projection: 128, prototypes: 300, batchNorm: true, tau: 0.99 },
    ...{ firstTeacherTemperature: 0.02, teacherTemperature: 0.02 },
    ...{ warmupEpochs: 0, frozenEpochs: 0 },
  },
  byol: { hidden: 512, projection: 128, predictorHidden: 512, tau: 0.96 },
  simsiam: { hidden: 512, projection: 128, predictorHidden: 64 },
  barlow_twins: { hidden: 512, projection: 512 },
  vicreg: { hidden: 512, projection: 512 },
  supcon: { hidden: 512, projection: 128 },
};

/**
 * What `deno task tune --profile desk` chose: results/tuning/desk.json. All with SGD and one weight
 * decay, not with the LARS of the references, whose rates are for large batches.
 */
const deskRates: Record<string, number> = {
  simclr: 0.03,
  moco_v2: 0.03,
  moco_v3: 0.3,
  nnclr: 0.1,
  swav: 0.1,
  dino: 0.1,
  byol: 0.1,
  simsiam: 0.1,
  barlow_twins: 0.1,
  vicreg: 0.03,
  supcon: 0.03,
  supervised: 0.3,
};

/**
 * Of photographs, some ten thousand steps with AdamW: what `deno task tune --profile photos` chose
 * (results/tuning/photos.json), and for methods that the profile does not have the rate of a pilot.
 * SimCLR's is the highest of the grid, Barlow Twins' the lowest; beyond them both arms' mean falls.
 * Heads are as small as the desk's, temperatures, momenta and queues those of the references.
 */
const photosRates: Record<string, number> = {
  simclr: 4e-3,
  vicreg: 1.2e-3,
  byol: 1.2e-3,
  barlow_twins: 3e-4,
};
const pilotRate = 1.2e-3;
const photosOptions: Record<string, MethodOptions> = {
  simclr: { hidden: 512, projection: 128 },
  moco_v2: { hidden: 512, projection: 128, queue: 4000 },
  moco_v3: { hidden: 512, projection: 128 },
  nnclr: { hidden: 512, projection: 128, predictorHidden: 512, queue: 4000 },
  swav: { hidden: 512, prototypes: 300, queue: 0, frozenEpochs: 1 },
  dino: { hidden: 512, projection: 128, prototypes: 1000 },
  byol: { hidden: 512, projection: 128, predictorHidden: 512 },
  simsiam: { hidden: 512, projection: 512, predictorHidden: 128 },
  barlow_twins: { hidden: 512, projection: 512 },
  vicreg: { hidden: 512, projection: 512 },
  supcon: { hidden: 512, projection: 128 },
};

/** The six small views of SwAV and DINO: of a pair, three of either image. */
const sixSmall: CropsConfig = {
  perImage: 3,
  views: { ...simclr(96), crop: { ...simclr(96).crop, scale: [0.05, 0.14] } },
};

/**
 * ResNet-50, a hundred epochs, as published, not tried here: rates and options of lightly's ImageNet
 * benchmark for MoCo v2, SwAV, DINO, BYOL, Barlow Twins and VICReg, the authors' own for the others
 * (SimCLR: .3 for 256; MoCo v3: CONFIG.md, 100 epochs; NNCLR, SimSiam: the papers; SupCon:
 * solo-learn; supervised: Goyal et al. 2017). lightly's LARS has a trust of .001 and no clip, where
 * ours is solo-learn's, its DINO clips gradients, and its full views of SwAV and DINO keep 14 % of an
 * image at least, where all have SimCLR's 8 % here: check these before a long run.
 */
const imagenet: Record<
  string,
  { optimizer: Published; options?: MethodOptions; crops?: CropsConfig }
> = {
  simclr: { optimizer: ["lars", 0.3, 1e-6], options: { temperature: 0.1, projection: 128 } },
  moco_v2: {
    optimizer: ["sgd", 0.03, 1e-4],
    options: { projection: 128, queue: 65536, tau: 0.999 },
  },
  moco_v3: { optimizer: ["lars", 0.6, 1e-6], options: { temperature: 1 } },
  nnclr: { optimizer: ["lars", 0.3, 1e-6], options: { temperature: 0.1, queue: 98304 } },
  swav: {
    optimizer: ["lars", 0.6, 1e-6],
    options: { queueStart: 15, frozenEpochs: 1 },
    crops: sixSmall,
  },
  dino: {
    optimizer: ["sgd", 0.03, 1e-4],
    options: { prototypes: 65536, teacherTemperature: 0.04, tau: 0.996 },
    crops: sixSmall,
  },
  byol: { optimizer: ["lars", 0.45, 1e-6] },
  simsiam: { optimizer: ["sgd", 0.05, 1e-4] },
  barlow_twins: {
    optimizer: ["lars", 0.2, 1.5e-6],
    options: { lambda: 0.005, scale: 1, hidden: 8192, projection: 8192 },
  },
  vicreg: { optimizer: ["lars", 0.3, 1e-6], options: { hidden: 8192, projection: 8192 } },
  supcon: { optimizer: ["sgd", 0.5, 1e-5], options: { projection: 512 } },
  supervised: { optimizer: ["sgd", 0.1, 1e-4] },
};

/** Of a method, in batches of `factor` times 256 pairs; undefined where the profile has none. */
type SettingsByMethod = (method: string, factor: number) => MethodSetting | undefined;

const settings: Record<ProfileName, SettingsByMethod> = {
  smoke: (method) => ({ options: small[method], optimizer: configOf(["sgd", 0.06, 5e-4]) }),
  desk: (method) =>
    Object.hasOwn(deskRates, method)
      ? { options: small[method], optimizer: configOf(["sgd", deskRates[method], 5e-4]) }
      : undefined,
  photos: (method) => ({
    options: photosOptions[method],
    optimizer: {
      name: "adamw",
      learningRate: photosRates[method] ?? pilotRate,
      weightDecay: 0.01,
    },
  }),
  imagenet: (method, factor) =>
    imagenet[method] && {
      ...imagenet[method],
      optimizer: configOf(imagenet[method].optimizer, factor),
    },
};

function configOf([name, learningRate, weightDecay]: Published, factor = 1): OptimizerConfig {
  return { name, learningRate: learningRate * factor, momentum: 0.9, weightDecay };
}
