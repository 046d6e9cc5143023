/** What a backbone has learned: probes of a frozen one, geometry, and a watch on one that trains. */
export { wholeImage } from "./box_views.ts";
export {
  detect,
  type DetectionTraining,
  type DetectorFit,
  type FittedDetector,
  trainDetector,
} from "./detection.ts";
export { extract, type Features } from "./features.ts";
export { alignment, featureStd, uniformity } from "./geometry.ts";
export { knn } from "./knn.ts";
export {
  classify,
  type LinearClassifier,
  linearProbe,
  logisticRegression,
  type Trial,
} from "./linear.ts";
export { type Accuracy, accuracy, type Scores, wilsonInterval } from "./metrics.ts";
export { probe, type ProbeAccuracy } from "./probe.ts";
export { sslTransferGrid, sslTransferProbe, type TransferProbe } from "./ssl_transfer.ts";
export { type Watched, watcher } from "./watch.ts";
