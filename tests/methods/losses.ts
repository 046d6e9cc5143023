/** What the tests of all losses share. */
import { ok, rejects } from "node:assert/strict";
import { Problem } from "../../lib/base/problem.ts";
import { tf, valueAndGradients } from "../../lib/engine/mod.ts";
import { close, tensor, uniform } from "../vectors/inputs.ts";

/** A loss of anchors and partners, [n, d] each. */
export type PairLoss = (a: tf.Tensor2D, b: tf.Tensor2D) => tf.Scalar;

/** The value and the gradients to both inputs. */
export async function valueAndGradient(loss: PairLoss, a: tf.Tensor2D, b: tf.Tensor2D) {
  const { value, gradients } = valueAndGradients(
    ({ a, b }) => ({ value: loss(a, b), aux: {} }),
    { a, b },
  );
  const [number] = await value.data();
  return { value: number, a: await gradients.a.data(), b: await gradients.b.data() };
}

/** Asserts a reference's value to 1e-5 and its gradients to 1e-4 of the largest. */
export async function checkReference(
  loss: PairLoss,
  expected: { shape: number[]; value: number; a: number[]; b: number[] },
  edge: (a: tf.Tensor2D, b: tf.Tensor2D) => tf.Tensor2D[] = (a, b) => [a, b],
): Promise<void> {
  const [x, y] = ["anchor", "partner"].map((name) => tensor<tf.Tensor2D>(name, expected.shape));
  const [a, b] = edge(x, y);
  const actual = await valueAndGradient(loss, a, b);
  close([actual.value], [expected.value], 1e-5, "value");
  close(actual.a, expected.a, 1e-4, "gradient to the anchors");
  close(actual.b, expected.b, 1e-4, "gradient to the partners");
}

/** Asserts that the gradient along a direction agrees with central differences. */
export async function checkDifferences(loss: PairLoss, shape: number[]): Promise<void> {
  const a = tensor<tf.Tensor2D>("point", shape), b = tensor<tf.Tensor2D>("partner", shape);
  const direction = tensor<tf.Tensor2D>("direction", shape);
  const { a: gradient } = await valueAndGradient(loss, a, b);
  const along = uniform("direction", gradient.length)
    .reduce((sum, d, i) => sum + d * gradient[i], 0);
  const h = 1e-2;
  const [above, below] = await Promise.all(
    [h, -h].map(async (t) => (await loss(a.add(direction.mul(t)), b).data())[0]),
  );
  close([(above - below) / (2 * h)], [along], 2e-3, "slope");
}

/** Asserts that anchors and partners may change places. */
export async function checkSymmetry(loss: PairLoss, shape: number[]): Promise<void> {
  const [a, b] = ["anchor", "partner"].map((name) => tensor<tf.Tensor2D>(name, shape));
  const [forth, back] = [await loss(a, b).data(), await loss(b, a).data()];
  ok(forth[0] > 0);
  close(back, forth, 1e-6, "swapped");
}

/** Asserts that a batch of one pair is refused with a message that says what to do. */
export async function checkOnePair(loss: PairLoss): Promise<void> {
  const one = tensor<tf.Tensor2D>("one", [1, 4]);
  await rejects(
    // deno-lint-ignore require-await
    async () => loss(one, one),
    (error: Error) => error instanceof Problem && /batch of 1 pair.*batchSize/.test(error.message),
  );
}
