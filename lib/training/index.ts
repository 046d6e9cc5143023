/** Pretraining, and freeing what it returns. */
export { dispose } from "../engine/mod.ts";
export {
  type CheckpointOptions,
  type EpochEnd,
  type Fit,
  fit,
  type FitOptions,
  type Fitted,
  initialBackbone,
  type TrainingConfig,
} from "./fit.ts";
export type { OptimizerConfig } from "./optimizers.ts";
