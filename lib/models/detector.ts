/** What a detector is: a network that finds objects in images. */
import type { Prng } from "../base/prng.ts";
import type { tf } from "../engine/mod.ts";
import type { Mode, Variables } from "./model.ts";

/**
 * The objects of n images, at most m of each. Boxes are left, top, right, bottom in pixels of the
 * network's input.
 */
export type Truth = {
  /** [n, m, 4] */
  boxes: tf.Tensor3D;
  /** [n, m], int32: classes; -1 where an image has fewer objects */
  labels: tf.Tensor2D;
};

/** What a detector finds: the k best of each image, scores 0 where there are fewer. */
export type Found = {
  /** [n, k, 4], as in {@link Truth} */
  boxes: tf.Tensor3D;
  /** [n, k], 0 … 1, falling */
  scores: tf.Tensor2D;
  /** [n, k], int32 */
  labels: tf.Tensor2D;
};

/**
 * A detector. Its variables are those of the backbone and of what is built on it: `params` and
 * `stats` both have the branches `backbone` and `head`.
 */
export interface Detector {
  /** Labels are 0 … classes - 1. */
  readonly classes: number;
  /** New variables of the head. */
  init(prng: Prng): Variables;
  /**
   * The losses of a batch by name, whose sum is minimised.
   *
   * @param images [n, height, width, 3]
   * @param random [n, r] uniform in 0 … 1, for detectors that sample; see {@link Detector.random}
   * @param mode of the backbone's and the head's batch norm
   */
  loss(
    variables: Variables,
    images: tf.Tensor4D,
    truth: Truth,
    random: tf.Tensor2D,
    mode: { backbone: Mode; head: Mode },
  ): { losses: Record<string, tf.Scalar>; stats: Variables["stats"] };
  /** Random numbers that the loss takes for each image of a size; 0 where it takes none. */
  random(height: number, width: number): number;
  /** Traceable: a function of tensors alone. */
  detect(variables: Variables, images: tf.Tensor4D): Found;
}
