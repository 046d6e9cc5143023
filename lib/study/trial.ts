/** One setting that is tried: pretrained with it, and judged on validation images. */
import { Problem } from "../base/problem.ts";
import { dispose } from "../engine/mod.ts";
import { extract } from "../evaluation/features.ts";
import { knnHalfByHalf } from "../evaluation/knn.ts";
import { backbone as backboneOf } from "../models/backbone.ts";
import { pretrain } from "./backbones.ts";
import type { Cell, Inputs } from "./cell.ts";
import { inputsOf, miningOf, pairsOf, splitsOf } from "./material.ts";
import { epochMeans } from "./run_cell.ts";
import { loadOrCompute } from "./store.ts";
import { staged, type Watch } from "./watch.ts";

/** How good a setting is. */
export interface Outcome {
  /** Top-1 of kNN, from half of the fresh images to the other, 0 … 1; 0 where training failed. */
  validation: number;
  /** Mean training loss of the last epoch; null where there was no training, or it failed. */
  loss: number | null;
}

/** What is stored of a trial. */
export type Tried = { inputs: Inputs } & Outcome;

/** The stored trial of a cell, else tried and stored now, see {@link loadOrCompute}. */
export async function computeTrial(cell: Cell, directory: string, watch: Watch): Promise<Tried> {
  const inputs = await inputsOf(cell);
  const compute = async () => {
    const outcome = await validate(cell, staged("pretraining", watch)).catch((error) => {
      watch.signal?.throwIfAborted();
      return failedTrial(error);
    });
    return { inputs, ...outcome };
  };
  return await loadOrCompute<Tried>(directory, inputs, compute, watch);
}

/** A rate at which the loss leaves all bounds is a result, and the worst one. */
function failedTrial(error: unknown): Outcome {
  if (error instanceof Problem) return { validation: 0, loss: null };
  throw error;
}

async function validate(cell: Cell, watch: Watch): Promise<Outcome> {
  const { pretraining, plan: [{ fit: probe }] } = await splitsOf(cell.data);
  if (miningOf(cell)) throw new Problem(`an arm whose pairs are mined is not tuned: ${cell.arm}`);
  const pairs = await pairsOf(cell);
  const { backbone, curve } = await pretrain(cell, pretraining, { pairs }, watch);
  try {
    const [model, { size }] = [backboneOf(cell.backbone), cell.training.views];
    const fresh = await extract(model, backbone, probe, { size });
    const validation = await knnHalfByHalf(fresh, cell.knn);
    const loss = epochMeans(curve.map(({ loss }) => loss), cell.training.epochs).at(-1);
    return { validation, loss: loss ?? null };
  } finally {
    dispose(backbone);
  }
}
