/** When a run is beyond help: each check ends it with a line that says what to change. */
import { Problem } from "../base/problem.ts";
import { nonFinite, readState } from "./checkpoint.ts";
import type { TrainingState } from "./step.ts";
import type { CurvePoint, Fit } from "./run.ts";

/** A run is beyond help: whoever computes it finds so at the same step. */
export class Diverged extends Problem {}

/**
 * Mean {@link CurvePoint.spread} below which the embeddings count as collapsed. An even spread is
 * 1, a collapse leads to 0 (Chen & He 2021, SimSiam, figure 2); every method of the registry stays
 * above 0.1 at the desk profile.
 */
const collapsed = 0.01;

const judged = 20; // steps whose mean that is

/**
 * Checks the newest step of a run.
 *
 * @param total steps of the run
 * @throws {Problem} where its loss is not finite
 */
export function checkLoss({ method }: Fit, total: number, curve: readonly CurvePoint[]): void {
  const { step, loss, learningRate } = curve[curve.length - 1];
  if (Number.isFinite(loss)) return;
  throw new Diverged(
    `${method.name}: the loss is ${loss} at step ${step + 1} of ${total}, learning rate ` +
      `${learningRate.toPrecision(3)}: lower the learning rate or lengthen the warm-up`,
  );
}

/**
 * Checks the newest steps of a run: a projector may collapse while the features before it stay as
 * they were initialised.
 *
 * @throws {Problem} where all embeddings point one way
 */
export function checkSpread({ method }: Fit, total: number, curve: readonly CurvePoint[]): void {
  const newest = curve.slice(-judged);
  const mean = newest.reduce((sum, { spread }) => sum + spread, 0) / newest.length;
  if (mean >= collapsed) return;
  throw new Diverged(
    `${method.name}: the embeddings have collapsed at step ${curve.length} of ${total}: their ` +
      `spread is ${mean.toPrecision(2)}, an even one is 1; lower the learning rate, lengthen the ` +
      "warm-up, or check the weight decay and the method's options",
  );
}

/**
 * Checks a run's state, which the next loss may be too late for.
 *
 * @returns the values of the state
 * @throws {Problem} where one of them is not finite
 */
export async function checkState(
  { method }: Fit,
  { state, step, total }: { state: TrainingState; step: number; total: number },
) {
  const values = await readState(state);
  const bad = nonFinite(values);
  if (bad === undefined) return values;
  throw new Diverged(
    `${method.name}: ${bad} is no longer finite after step ${step} of ${total}: lower the ` +
      "learning rate or lengthen the warm-up",
  );
}
