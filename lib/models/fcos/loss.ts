/** The losses of FCOS, as torchvision has them. */
import { tf } from "../../engine/mod.ts";
import { giouLoss } from "../box_geometry.ts";
import { centerness, type Locations, type Targets } from "./targets.ts";

/** What the head says of the p locations of n images. */
export type Predictions = {
  /** [n, p, classes] */
  logits: tf.Tensor3D;
  /** [n, p, 4] distances to the left, top, right and bottom edge in strides, at least 0 */
  distances: tf.Tensor3D;
  /** [n, p] logits */
  centerness: tf.Tensor2D;
};

/**
 * The losses by name, each a sum over the batch's locations divided by how many of them have an
 * object (by 1 where none has): focal loss of the classes over all of them; where there is an object
 * the GIoU loss of its box, and cross entropy of the centre-ness.
 *
 * @see Tian et al. 2019, "FCOS", eq. 2 (arXiv 1904.01355); torchvision's `FCOSHead.compute_loss`
 */
export function fcosLosses(
  predictions: Predictions,
  targets: Targets,
  locations: Locations,
): Record<"classification" | "regression" | "centerness", tf.Scalar> {
  const { positive, labels } = targets;
  const count = tf.maximum(positive.sum(), 1);
  const mean = (loss: tf.Tensor) => loss.sum().div(count) as tf.Scalar;
  const classes = tf.oneHot(labels, predictions.logits.shape[2]); // -1 becomes zeros
  const overlap = giouLoss(boxesOf(predictions, locations), targets.boxes); // [n, p]
  const central = crossEntropy(predictions.centerness, centerness(targets, locations));
  return {
    classification: mean(focalLoss(predictions.logits, classes.cast("float32"))),
    regression: mean(overlap.mul(positive)),
    centerness: mean(central.mul(positive)),
  };
}

/** The boxes of predicted distances, [n, p, 4]. */
export function boxesOf(
  { distances }: Pick<Predictions, "distances">,
  { x, y, stride }: Locations,
): tf.Tensor3D {
  const [left, top, right, bottom] = tf.unstack(distances.mul(stride.expandDims(1)), -1);
  return tf.stack([x.sub(left), y.sub(top), x.add(right), y.add(bottom)], -1) as tf.Tensor3D;
}

/**
 * Sigmoid focal loss of each element: with p the probability of the target,
 *   -a (1 - p)² log p,  a = 0.25 for a target of 1, else 0.75
 *
 * @see Lin et al. 2017, "Focal Loss for Dense Object Detection", eq. 5 (arXiv 1708.02002)
 */
export function focalLoss(logits: tf.Tensor, targets: tf.Tensor): tf.Tensor {
  const odds = logits.mul(targets.mul(2).sub(1)); // the logit of p
  const weight = targets.mul(-0.5).add(0.75);
  return tf.softplus(odds.neg()).mul(odds.neg().sigmoid().square()).mul(weight);
}

/** Of probabilities 0 … 1 by logits; softplus keeps it finite and its gradient exact. */
function crossEntropy(logits: tf.Tensor, targets: tf.Tensor): tf.Tensor {
  return tf.softplus(logits).sub(logits.mul(targets));
}
