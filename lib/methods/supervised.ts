/** Supervised training: a linear classifier on both views. A bound: it learns from labels. */
import { Problem } from "../base/problem.ts";
import { softmaxCrossEntropy, tf } from "../engine/mod.ts";
import { mlp } from "../models/heads.ts";
import type { Method } from "./method.ts";

/** Both views pass as one batch of 2n labelled images; the loss is the mean over all of them. */
export const supervised: Method<Record<string, never>> = {
  name: "supervised",
  title: "Supervised",
  family: "bound",
  defaults: {},
  heads: ({ features, classes }) => ({ classifier: mlp([features, classes]) }),
  loss: ({ online, replicas, views: { anchor, partner, labels } }) => {
    const features = online.backbone(tf.concat([anchor, partner])); // [2n, features]
    const logits = online.head("classifier", features); // [2n, classes]
    return { value: replicas.mean(crossEntropy(logits, tf.concat([labels, labels]))) };
  },
};

/**
 * The mean over a batch of
 *   -log softmax(x)_y
 *
 * @param logits x, [n, classes]
 * @param labels y, int32 [n], 0 … classes - 1
 * @returns scalar, in nats
 * @throws {Problem} for a single class, which leaves nothing to learn
 * @example
 * ```ts
 * import { ok } from "node:assert/strict";
 * import { tf } from "../engine/mod.ts";
 * const [loss] = await crossEntropy(tf.zeros([3, 4]), tf.tensor1d([0, 1, 3], "int32")).data();
 * ok(Math.abs(loss - Math.log(4)) < 1e-6);
 * ```
 */
export function crossEntropy(logits: tf.Tensor2D, labels: tf.Tensor1D): tf.Scalar {
  const classes = logits.shape[1];
  if (classes < 2) {
    throw new Problem(
      `supervised: a data set of ${classes} class leaves nothing to learn; use one of 2 or more`,
    );
  }
  const targets = tf.oneHot(labels, classes, 1, 0, "float32") as tf.Tensor2D;
  return softmaxCrossEntropy(logits, targets).mean();
}
