/** Pretraining, alone or by several workers, and freeing what it returns. */
export {
  type Cluster,
  dispose,
  joinCluster,
  type JoinOptions,
  LostWorker,
  type Workers,
} from "../engine/mod.ts";
export { type EventLog, tensorboardLog } from "./events.ts";
export {
  type CheckpointOptions,
  type CurvePoint,
  type EpochEnd,
  type Fit,
  fit,
  type FitOptions,
  type Fitted,
  initialBackbone,
  type LogPoint,
  type TrainingConfig,
} from "./fit.ts";
export type { OptimizerConfig } from "./optimizers.ts";
export type { Sharing } from "./share_gradients.ts";
