/** What the tests of losses of several views share. */
import { tf, valueAndGradients } from "../../lib/engine/mod.ts";
import { close, tensor } from "../vectors/inputs.ts";

/** A loss of the scores of any number of views, [n, k] each. */
export type ViewLoss = (views: tf.Tensor2D[]) => tf.Scalar;

/** A reference's value and gradients, and what its inputs are made from. */
export interface Expected {
  count: number;
  shape: number[];
  /** All scores are alike. */
  equal?: boolean;
  value: number;
  gradients: number[][];
}

/** Asserts a reference's value to 1e-5 and its gradient to every view to 1e-4 of the largest. */
export async function checkViews(loss: ViewLoss, expected: Expected): Promise<void> {
  const { count, shape, equal } = expected;
  const views = Array.from(
    { length: count },
    (_, i) =>
      (equal
        ? tf.fill(shape as [number, number], 0.25)
        : tensor(`view ${i}`, shape)) as tf.Tensor2D,
  );
  const { value, gradients } = valueAndGradients(
    (views) => ({ value: loss(views), aux: {} }),
    views,
  );
  close(await value.data(), [expected.value], 1e-5, "value");
  // Gradients may be zeros: their scale is that of a single term.
  const scale = 1 / (shape[0] * (count - 1));
  for (const [i, gradient] of gradients.entries()) {
    const [ours, theirs] = [await gradient.data(), expected.gradients[i]];
    close([...ours, scale], [...theirs, scale], 1e-4, `gradient to view ${i}`);
  }
}

/** softmax(row / temperature) */
export function softmax(row: number[], temperature: number): number[] {
  const exponentials = row.map((v) => Math.exp(v / temperature));
  const sum = exponentials.reduce((a, b) => a + b);
  return exponentials.map((v) => v / sum);
}

/** The mean, over both targets and all views but the target's own, of -sum q log p: a plain loop. */
export function meanCrossEntropy(targets: number[][][], predictions: number[][][]): number {
  let sum = 0, terms = 0;
  for (const [t, target] of targets.entries()) {
    for (const [v, prediction] of predictions.entries()) {
      if (t === v) continue;
      for (const [i, q] of target.entries()) {
        for (const [k, probability] of q.entries()) sum -= probability * Math.log(prediction[i][k]);
        terms++;
      }
    }
  }
  return sum / terms;
}
