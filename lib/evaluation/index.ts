/** What a backbone has learned: probes of a frozen one, geometry, and a watch on one that trains. */
export { extract, type Features } from "./features.ts";
export { alignment, featureStd, uniformity } from "./geometry.ts";
export { knn } from "./knn.ts";
export { classify, type LinearClassifier, linearProbe } from "./linear.ts";
export { type Accuracy, accuracy, type Scores } from "./metrics.ts";
export { probe, type ProbeAccuracy } from "./probe.ts";
export { type Watched, watcher } from "./watch.ts";
