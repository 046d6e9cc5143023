/** Runs without training: what the tests of the study layer are fed with. */
import type { Cell, Evaluation, Metric, Run } from "../../lib/study/cell.ts";
import type { Design } from "../../lib/study/design.ts";

const evaluations: Evaluation[] = [
  "held-out scenes",
  "held-out artists",
  "held-out concepts",
  "pretraining images",
];

/**
 * A run of every cell of a design whose accuracies `accuracy` makes up; only the metrics, and what
 * identifies the run, mean anything.
 */
export function inventedRuns(
  { cells }: Design,
  accuracy: (cell: Cell, metric: Omit<Metric, "accuracy">) => number,
): Run[] {
  return cells.map((cell) => ({
    inputs: { cell, dataset: "data", pairs: cell.arm, engine: "test", version: 1 },
    metrics: evaluations.flatMap((evaluation) =>
      (["linear", "kNN"] as const).map((probe) => {
        const metric = { evaluation, probe };
        return { ...metric, accuracy: accuracy(cell, metric) };
      })
    ),
    curve: cell.arm === "untrained" ? [] : [5, 4],
    sameClassNegatives: 0.01,
    stepsPerSecond: 4,
    seconds: 36,
    machine: { engine: "none", hardware: "none", deno: "0", tfjs: "0" },
  }));
}
