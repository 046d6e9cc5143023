/** What SwAV and DINO share: every view, large or small, predicts the targets of the full views. */
import { softmaxCrossEntropy, tf } from "../engine/mod.ts";
import type { Network } from "./network.ts";
import { l2Normalize } from "./normalize.ts";

/** Of each view, in the order given: unit projections [n, d], and scores with prototypes [n, k]. */
export type Scored = { projections: tf.Tensor2D[]; scores: tf.Tensor2D[] };

/**
 * Passes views through backbone, projector and prototypes. Views of one resolution pass through the
 * backbone as one batch, those of all resolutions through the heads, as in both papers' code: so
 * does batch norm see them.
 *
 * @param resolutions views of one size each, [n, height, width, 3]; a list may be empty
 */
export function scoreViews(network: Network, ...resolutions: tf.Tensor4D[][]): Scored {
  const features = resolutions
    .filter((views) => views.length > 0)
    .map((views) => network.backbone(tf.concat(views))); // [views * n, features] each
  const z = l2Normalize(network.head("projector", tf.concat(features)));
  const count = resolutions.flat().length;
  return {
    projections: tf.split(z, count),
    scores: tf.split(network.head("prototypes", z), count),
  };
}

/**
 * The mean, over the targets of both full views and over all views but the target's own, of the cross
 * entropy
 *   -sum_k target[i, k] log softmax(logits[i])[k]
 *
 * @param logits [n, k] of each view: the full view of the anchors, that of the partners, small ones
 * @param targets [n, k] probabilities from both full views; constants
 * @returns scalar, in nats
 * @see Caron et al. 2020, SwAV, eq. 1, 2 and 6; Caron et al. 2021, DINO, eq. 3
 */
export function swappedPrediction(
  logits: tf.Tensor2D[],
  [anchor, partner]: tf.Tensor2D[],
): tf.Scalar {
  // The cross entropy is linear in the target: a small view's with both is twice that with their mean.
  const mean = anchor.add<tf.Tensor2D>(partner).div<tf.Tensor2D>(2);
  const terms = logits.map((view, i) => {
    if (i === 0) return softmaxCrossEntropy(view, partner).mean();
    if (i === 1) return softmaxCrossEntropy(view, anchor).mean();
    return softmaxCrossEntropy(view, mean).mean().mul(2);
  });
  return tf.addN(terms).div(2 * (logits.length - 1));
}
