/** What a frozen backbone has learned. */
export { extract, type Features } from "./features.ts";
export { knn } from "./knn.ts";
export { classify, type LinearClassifier, linearProbe } from "./linear.ts";
export { type Accuracy, accuracy, type Scores } from "./metrics.ts";
export { probe, type ProbeAccuracy } from "./probe.ts";
