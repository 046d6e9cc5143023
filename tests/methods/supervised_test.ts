import { throws } from "node:assert/strict";
import { Problem } from "../../lib/base/problem.ts";
import { tf } from "../../lib/engine/mod.ts";
import { crossEntropy, supervised } from "../../lib/methods/supervised.ts";
import { checkTraining } from "../training/reference_steps.ts";
import reference from "../vectors/bounds.json" with { type: "json" };
import { close, tensor, uniform } from "../vectors/inputs.ts";
import { checkDifferences, checkReference, type PairLoss } from "./losses.ts";

/** The mean over the logits of both views. */
const of = (labels: number[]): PairLoss => (a, b) =>
  crossEntropy(tf.concat([a, b]), tf.tensor1d([...labels, ...labels], "int32"));

Deno.test("crossEntropy equals the loop over images", async () => {
  const labels = [0, 2, 1, 1, 0], classes = 3;
  const values = uniform("logits", labels.length * classes);
  let loss = 0;
  labels.forEach((label, i) => {
    const exps = [...values.subarray(i * classes, (i + 1) * classes)].map(Math.exp);
    loss -= Math.log(exps[label] / exps.reduce((sum, e) => sum + e, 0)) / labels.length;
  });
  const logits = tensor<tf.Tensor2D>("logits", [labels.length, classes]);
  close(await crossEntropy(logits, tf.tensor1d(labels, "int32")).data(), [loss], 1e-6, "loss");
});

Deno.test("crossEntropy of both views equals torch's value and gradient", async () => {
  for (const expected of reference.losses.cross_entropy) {
    await checkReference(of(expected.labels), expected);
  }
});

Deno.test("crossEntropy: gradient agrees with central differences", () =>
  checkDifferences(of([0, 1, 2, 3, 3, 0]), [6, 4]));

Deno.test("crossEntropy of a single class is a clear error", () => {
  const one = () => crossEntropy(tf.zeros([2, 1]), tf.tensor1d([0, 0], "int32"));
  throws(
    one,
    (error: Error) => error instanceof Problem && /1 class .*2 or more/.test(error.message),
  );
});

Deno.test("three steps of supervised equal torch's: losses, weights, running statistics", () =>
  checkTraining(supervised, { options: {} }, reference.training.supervised));
