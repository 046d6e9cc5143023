/** The study: from a question to runs, to gains, to verdicts. */
export { type Audit, audit } from "./audit.ts";
export type { Arm, Cell, Evaluation, Metric, Probe, Run } from "./cell.ts";
export { type Claim, claims, saveClaims } from "./claims.ts";
export { type Design, everyMethod, ownImages, perMethodGains } from "./design.ts";
export { splitsOf } from "./material.ts";
export { type Gain, gains } from "./gains.ts";
export { caption, findings } from "./report.ts";
export { accuracies, type Accuracy, type Loss, losses } from "./rows.ts";
export { run } from "./run.ts";
export { runCell } from "./run_cell.ts";
export { resultsFolder } from "./store.ts";
export { bestOfEachArm, choose, type Trial, trialsOf } from "./tuning.ts";
