/** From what FCOS predicts everywhere to what it found. */
import { tf } from "../../engine/mod.ts";
import { clip } from "../box_geometry.ts";
import type { Found } from "../detector.ts";
import { boxesOf, type Predictions } from "./loss.ts";
import type { Level, Locations } from "./targets.ts";
import { suppress } from "../nms.ts";
import { rowsOf } from "../rows.ts";

/** How detections are chosen. */
export interface Choice {
  /** Scores that do not exceed it are no detections. */
  least: number;
  /** The best of each level, before suppression. */
  candidates: number;
  /** IoU above which the lower score of a class gives way. */
  overlap: number;
  /** Detections of an image. */
  limit: number;
}

/** torchvision's, but the paper's threshold: a score of .2 would cut recall off. */
const usual: Choice = { least: 0.05, candidates: 1000, overlap: 0.6, limit: 100 };

/**
 * The best boxes of each image, by the score sqrt(class probability · centre-ness), after
 * non-maximum suppression in each class.
 *
 * @param levels of the predictions, in their order
 * @param size of the images, in which boxes end
 * @see Tian et al. 2020 (arXiv 2006.09214) for the square root; torchvision's
 *   `FCOS.postprocess_detections`
 */
export function detections(
  predictions: Predictions,
  { levels, locations, size }: {
    levels: readonly Level[];
    locations: Locations;
    size: { height: number; width: number };
  },
  choice: Choice = usual,
): Found {
  const { logits, centerness } = predictions;
  const chances = logits.sigmoid().mul(centerness.sigmoid().expandDims(2)); // [n, p, classes]
  const boxes = clip(boxesOf(predictions, locations), size) as tf.Tensor3D;
  const counts = levels.map(({ height, width }) => height * width);
  const boxesAt = tf.split<tf.Tensor3D>(boxes, counts, 1);
  const best = tf.split<tf.Tensor3D>(chances.sqrt() as tf.Tensor3D, counts, 1).map((scores, i) =>
    bestOf({ scores, boxes: boxesAt[i] }, choice.candidates)
  );
  const joined = <T extends keyof Found>(name: T) =>
    tf.concat(best.map((level) => level[name] as tf.Tensor), 1) as Found[T];
  return suppress(
    { boxes: joined("boxes"), scores: joined("scores"), labels: joined("labels") },
    choice,
  );
}

/** The best of a level's p boxes, each as so many candidates as there are classes. */
function bestOf(
  { scores, boxes }: { scores: tf.Tensor3D; boxes: tf.Tensor3D },
  candidates: number,
): Found {
  const [n, p, classes] = scores.shape;
  const { values, indices } = tf.topk(
    scores.reshape([n, p * classes]),
    Math.min(candidates, p * classes),
  );
  const each = tf.scalar(classes, "int32");
  return {
    boxes: rowsOf(boxes, tf.floorDiv(indices, each) as tf.Tensor2D),
    scores: values as tf.Tensor2D,
    labels: tf.mod(indices, each) as tf.Tensor2D,
  };
}
