/** One run of pretraining: what it is told, and by what it is known. */
import { Problem } from "../base/problem.ts";
import { generator } from "../base/prng.ts";
import type { Dataset } from "../datasets/dataset.ts";
import { engineInfo } from "../engine/mod.ts";
import { type MethodConfig, methods, resolveMethod } from "../methods/index.ts";
import type { BackboneConfig } from "../models/backbone.ts";
import type { Variables } from "../models/model.ts";
import { type PairList, pairListHash } from "../pairs/pair_list.ts";
import type { Policy } from "../views/policy.ts";
import type { Told } from "./advance.ts";
import type { CropsConfig } from "./batch_views.ts";
import type { Composition } from "./batches.ts";
import type { OptimizerConfig } from "./optimizers.ts";
import type { Sharing } from "./share_gradients.ts";

/** How to train; plain JSON. */
export type TrainingConfig = {
  epochs: number;
  /** Pairs a step; the network sees twice as many images, of both kinds of pairs at once four times. */
  batchSize: number;
  /** Who meets whom in a batch; default "random". */
  composition?: Composition;
  /**
   * In how many parts a batch is computed, one after the other, to save memory; default 1. Batch norm
   * and negatives see their own part alone.
   */
  parts?: number;
  /**
   * Whether a network's blocks compute their inner values anew for the gradient instead of keeping
   * them: less memory for more time, and the same result but for rounding.
   */
  recompute?: boolean;
  optimizer: OptimizerConfig;
  /** Epochs of linear warm-up, before the cosine; need not be whole. */
  warmupEpochs: number;
  precision: "fp32" | "bf16";
  /** How the views of both images are drawn. */
  views: Policy;
  /** Multi-crop, for the methods that use it. */
  crops?: CropsConfig;
  /** Where workers share batches, in what they depart from one that has all of it; default in nothing. */
  sharing?: Sharing;
};

/** Pairs that take the place of a run's own from some epochs on: found by what it has learned so far. */
export interface Later {
  /** The epochs, from 1 on and ascending. */
  from: readonly number[];
  /** By what they are found; plain JSON, a part of what the run is known by. */
  recipe: unknown;
  /**
   * The pairs from such an epoch on, of the same anchors as the run's own.
   *
   * @param backbone as it is then, on loan; absent where a run goes on within the stage, for which the
   *   pairs must have been kept
   */
  pairs(epoch: number, backbone?: Variables): Promise<PairList>;
}

/** One run of pretraining. */
export interface Fit {
  dataset: Dataset;
  pairs: PairList;
  later?: Later;
  backbone: BackboneConfig;
  method: MethodConfig;
  training: TrainingConfig;
  seed: number;
}

/** One step of a run's curve, from 0. */
export type CurvePoint = { step: number; learningRate: number } & Told;

/** All that decides a run's result, as plain JSON. */
export type RunIdentity = {
  /** {@link trainingVersion} */
  version: number;
  backbone: BackboneConfig;
  /** With all of its options, so that a changed default is another run. */
  method: Required<MethodConfig>;
  training: TrainingConfig;
  /**
   * The generator's whole state, for any step: nobody draws from a stream that outlives a step, all
   * are forked from the seed by the names of epoch and batch.
   */
  prng: { generator: string; seed: number };
  /** Hashes of the content of the data set and of the pair list. */
  dataset: string;
  pairs: string;
  later?: { from: readonly number[]; recipe: unknown };
  engine: string;
};

/** Raised where the same run comes to other weights, e.g. with a corrected loss. */
export const trainingVersion = 1;

/** What a run is known by. */
export function identityOf(
  { dataset, pairs, later, backbone, method, training, seed }: Fit,
): RunIdentity {
  const { name, version, devices } = engineInfo();
  const identity: RunIdentity = {
    version: trainingVersion,
    backbone,
    method: { name: method.name, options: resolveMethod(method).options },
    training,
    prng: { generator, seed },
    dataset: dataset.hash,
    pairs: pairListHash(pairs),
    later: later && { from: later.from, recipe: later.recipe },
    engine: `${name} ${version}, ${devices.join(", ")}`,
  };
  return JSON.parse(JSON.stringify(identity)); // without fields that are undefined
}

/**
 * In which fields two JSON values differ, one line each.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * deepStrictEqual(differences({ a: { b: 1 } }, { a: { b: 2 }, c: [3] }, "there"), [
 *   "a.b is 1 here, 2 there",
 *   "c is absent here, [3] there",
 * ]);
 * ```
 */
export function differences(here: unknown, there: unknown, where: string, path = ""): string[] {
  if (isRecord(here) && isRecord(there)) {
    return [...new Set([...Object.keys(here), ...Object.keys(there)])].flatMap((key) =>
      differences(here[key], there[key], where, path ? `${path}.${key}` : key)
    );
  }
  const equal = JSON.stringify(here) === JSON.stringify(there);
  return equal ? [] : [`${path} is ${shown(here)} here, ${shown(there)} ${where}`];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function shown(value: unknown): string {
  if (value === undefined) return "absent";
  const isHash = typeof value === "string" && /^[0-9a-f]{64}$/.test(value);
  return isHash ? `${value.slice(0, 8)}…` : JSON.stringify(value);
}

/**
 * Checks what types cannot.
 *
 * @throws {Problem} where the pairs belong to another data set, a batch has no such parts, epochs
 *   are not whole, or the method has no use for crops
 */
export function checkRun({ dataset, pairs, later, method, training }: Fit): void {
  const { batchSize, epochs, parts = 1, crops } = training;
  if (pairs.dataset !== dataset.hash) {
    throw new Problem(
      `the pairs were made for a data set ${pairs.dataset.slice(0, 8)}…, but ${dataset.name} is ` +
        `${dataset.hash.slice(0, 8)}…: match its pairs anew`,
    );
  }
  if (!Number.isInteger(parts) || parts < 1 || batchSize % parts !== 0) {
    throw new Problem(
      `a batchSize of ${batchSize} cannot be computed in ${parts} equal parts: change one of them`,
    );
  }
  if (!Number.isInteger(epochs) || epochs < 1) {
    throw new Problem(`${epochs} epochs: choose a whole number from 1 on`);
  }
  const from = later?.from ?? [];
  if (
    from.some((epoch, i) =>
      !Number.isInteger(epoch) || epoch <= (from[i - 1] ?? 0) || epoch >= epochs
    )
  ) {
    throw new Problem(
      `later pairs from the epochs ${from}: give ascending ones from 1 to ${epochs - 1}`,
    );
  }
  if (crops && !resolveMethod(method).method.multiCrop) {
    const able = Object.values(methods).filter(({ multiCrop }) => multiCrop);
    const names = able.map(({ name }) => name).join(" or ");
    throw new Problem(`${method.name} has no use for crops: leave them out, or choose ${names}`);
  }
}
