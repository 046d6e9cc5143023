/** The study: from a question to runs, to gains, to verdicts. */
export { byViews, changesByArm, dependence, judgedOf } from "./ablation.ts";
export { assess, choices, observations } from "./assess.ts";
export type { Assessed, Assessment, Assessments, Measure, Task } from "./assessment.ts";
export { type Audit, audit, auditAssessments } from "./audit.ts";
export type { Arm, Cell, Evaluation, Metric, Probe, Run } from "./cell.ts";
export { type Claim, claims, type Hypothesis, judge, saveClaims } from "./claims.ts";
export { compareArms, type Comparison, type Observation, withFloors } from "./comparison.ts";
export {
  type Design,
  everyMethod,
  minedPairs,
  mixtures,
  perMethodGains,
  whenTheyPay,
} from "./design.ts";
export { splitsOf } from "./material.ts";
export { type Gain, gains } from "./gains.ts";
export {
  beyondHypotheses,
  chances,
  detectionHypotheses,
  invarianceHypotheses,
  ofMeasures,
  ofSwaps,
  transferHypotheses,
} from "./hypotheses.ts";
export {
  augmentationAblation,
  detection,
  invariances,
  novelTarget,
  policiesOf,
  transfer,
} from "./questions.ts";
export {
  claimsOfThePaper,
  type Overview,
  overview,
  overviewText,
  storedClaims,
  summarize,
  testsOf,
  unasked,
} from "./overview.ts";
export { falsePairHypotheses, hybridHypotheses, mixtureGains, vanishing } from "./mixtures.ts";
export { minedGains, minedHypotheses, minedPrecision, minedShares } from "./mining.ts";
export { type SoFar, soFar } from "./so_far.ts";
export { exampleFolder, ownFolder, ownImages, ownSet, ownStudy } from "./own_images.ts";
export { extentFor } from "./plan.ts";
export { caption, findings } from "./report.ts";
export {
  changedVerdicts,
  replicated,
  type Replication,
  replications,
  replicationText,
} from "./replications.ts";
export { accuracies, type Accuracy, type Loss, losses } from "./rows.ts";
export { run } from "./run.ts";
export { runCell } from "./run_cell.ts";
export { figuresFolder, resultsFolder } from "./store.ts";
export { bestOfEachArm, chosenFor, type Trial, trialsOf } from "./tuning.ts";
export { changeCurves, shownDetections, shownFeatures } from "./shown.ts";
export {
  bestViews,
  bySetting,
  levelCurves,
  settingGains,
  usualBatches,
  whenHypotheses,
} from "./when.ts";
