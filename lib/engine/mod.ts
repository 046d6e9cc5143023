/** tfjs on a native engine: the rest of the library computes through this file alone. */
export { tf } from "./tfjs.ts";
export {
  dispose,
  isTensor,
  leaves,
  mapTree,
  orDispose,
  tensors,
  type Tree,
  withTensors,
} from "./tree.ts";
export { constant, stopGradient, valueAndGradients } from "./gradients.ts";
export {
  batchNorm,
  batchNormTraining,
  relu,
  softmaxCrossEntropy,
  withoutFusedKernels,
} from "./kernels.ts";
export { batchNormOverReplicas } from "./batch_norm_replicas.ts";
export { convolution } from "./convolution.ts";
export { maxPool3x3 } from "./pooling.ts";
export { recomputed } from "./recompute.ts";
export { engineInfo, liveTensors } from "./start.ts";
export { jit, type JitOptions, type Jitted } from "./jit.ts";
export { alone, type Replicas } from "./replicas.ts";
export {
  type Cluster,
  joinCluster,
  type JoinOptions,
  LostWorker,
  type Workers,
} from "./cluster.ts";
export { when } from "./when.ts";
export { jpegCrop, jpegMargin } from "./jpeg.ts";
export { bytesToFloat, byteTensor } from "./raw.ts";
export { planarCrop } from "./resize.ts";
export { type SummaryWriter, summaryWriter } from "./summaries.ts";
