/** How each method is trained at each profile: options of the method, optimizer, rate. */
import { Problem } from "../base/problem.ts";
import { methods } from "../methods/index.ts";
import type { MethodOptions } from "../methods/method.ts";
import type { OptimizerConfig } from "../training/optimizers.ts";

/** What a profile decides for one method. */
export type Setting = {
  /** Where they differ from the method's defaults. */
  options?: MethodOptions;
  optimizer: OptimizerConfig;
};

export type ProfileName = "smoke" | "desk" | "photos" | "imagenet";

/**
 * The setting of a method at a profile.
 *
 * @throws {Problem} where the profile has none for it
 */
export function settingOf(profile: ProfileName, method: string): Setting {
  const found = Object.hasOwn(methods, method) && settings[profile](method);
  if (found) return found;
  throw new Problem(`the profile ${profile} has no setting for the method "${method}"`);
}

const sgd = (learningRate: number, weightDecay: number): OptimizerConfig => (
  { name: "sgd", learningRate, momentum: 0.9, weightDecay }
);
const lars = (learningRate: number, weightDecay: number): OptimizerConfig => (
  { name: "lars", learningRate, momentum: 0.9, weightDecay }
);

/** Small heads, memories that a run of a minute fills, one optimizer for all. */
const small: Record<string, MethodOptions> = {
  simclr: { hidden: 512, projection: 128 },
  barlow_twins: { hidden: 512, projection: 512 },
};

/** The rates that `deno task tune --profile desk` chose: results/tuning/desk.json. */
const deskRates: Record<string, number> = {
  simclr: 0.1,
  barlow_twins: 0.01,
};

const settings: Record<ProfileName, (method: string) => Setting> = {
  smoke: (method) => ({ options: small[method], optimizer: sgd(0.06, 5e-4) }),
  desk: (method) => ({ options: small[method], optimizer: sgd(deskRates[method] ?? 0.1, 5e-4) }),
  photos: (method) => ({ optimizer: lars(0.3, 1e-4), options: small[method] }),
  imagenet: (method) => ({ optimizer: lars(0.3, 1e-4), options: small[method] }),
};
