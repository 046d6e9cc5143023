/** What a backbone has learned: probes of a frozen one, geometry, and a watch on one that trains. */
export { wholeImage } from "./box_views.ts";
export {
  detect,
  type DetectionTraining,
  type DetectorFit,
  type FittedDetector,
  trainDetector,
} from "./detection.ts";
export type { Detection } from "./box_overlap.ts";
export { type CocoMetrics, cocoMetrics } from "./coco_map.ts";
export { factorColumns } from "./factor_levels.ts";
export { extract, type Features } from "./features.ts";
export { fewShot, type FewShotAccuracy } from "./few_shot.ts";
export { ericssonGrid, finetune, type Finetuned } from "./finetune.ts";
export { featuresOf, type Frozen, frozen } from "./frozen.ts";
export { alignment, classSeparation, effectiveRank, featureStd, uniformity } from "./geometry.ts";
export { type Invariance, invariance, predictionChange, whitenedCosine } from "./invariance.ts";
export { knn } from "./knn.ts";
export {
  classify,
  type LinearClassifier,
  linearProbe,
  logisticRegression,
  type Trial,
} from "./linear.ts";
export { type Accuracy, accuracy, type Scores } from "./metrics.ts";
export { wilsonInterval } from "../base/wilson.ts";
export { explainedVariance, factorProbe, sharedByNeighbours } from "./nuisance.ts";
export { probe, type ProbeAccuracy } from "./probe.ts";
export { sslTransferGrid, sslTransferProbe, type TransferProbe } from "./ssl_transfer.ts";
export { umap } from "./umap.ts";
export { type VocAp, vocAp } from "./voc_ap.ts";
export { type Watched, watcher } from "./watch.ts";
