/** When a run is beyond help: each check ends it with a line that says what to change. */
import { Problem } from "../base/problem.ts";
import type { CurvePoint, Fit } from "./run.ts";

/**
 * Mean {@link CurvePoint.spread} of an epoch below which the embeddings count as collapsed. An even
 * spread is 1, a collapse leads to 0 (Chen & He 2021, SimSiam, figure 2); every method of the
 * registry stays above 0.1 at the desk profile.
 */
const collapsed = 0.01;

/**
 * Checks the newest step of a run.
 *
 * @param total steps of the run
 * @throws {Problem} where its loss is not finite
 */
export function checkLoss({ method }: Fit, total: number, curve: readonly CurvePoint[]): void {
  const { step, loss, learningRate } = curve[curve.length - 1];
  if (Number.isFinite(loss)) return;
  throw new Problem(
    `${method.name}: the loss is ${loss} at step ${step + 1} of ${total}, learning rate ` +
      `${learningRate.toPrecision(3)}: lower the learning rate or lengthen the warm-up`,
  );
}

/**
 * Checks the epoch that ended with the newest step of a run: a projector may collapse while the
 * features before it stay as they were initialised.
 *
 * @param perEpoch steps of an epoch, all of which are in the curve
 * @throws {Problem} where all embeddings point one way
 */
export function checkSpread({ method }: Fit, perEpoch: number, curve: readonly CurvePoint[]): void {
  const epoch = curve.slice(-perEpoch);
  const mean = epoch.reduce((sum, { spread }) => sum + spread, 0) / perEpoch;
  if (mean >= collapsed) return;
  throw new Problem(
    `${method.name}: the embeddings have collapsed in epoch ${curve.length / perEpoch}: their ` +
      `spread is ${mean.toPrecision(2)}, an even one is 1; lower the learning rate, lengthen the ` +
      "warm-up, or check the weight decay and the method's options",
  );
}
