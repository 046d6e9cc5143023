/** The second half of Faster R-CNN: the class of each region, and where its object is exactly. */
import { softmaxCrossEntropy, tf } from "../../engine/mod.ts";
import { clip } from "../box_geometry.ts";
import { branch, initAll } from "../compose.ts";
import type { Found, Truth } from "../detector.ts";
import { conv } from "../layers.ts";
import type { Layer, Variables } from "../model.ts";
import { suppress } from "../nms.ts";
import { rowsOf } from "../rows.ts";
import { decode, encode } from "./box_coding.ts";
import { match, sample } from "./matching.ts";
import type { Proposals } from "./region_proposals.ts";
import { smoothL1 } from "./smooth_l1.ts";

/** What the head says of each region. */
export type Classified = {
  /** [n, r, classes + 1] logits; the last is the background's */
  classes: tf.Tensor3D;
  /** [n, r, classes, 4]: the box for each class that it may be, see {@link encode} */
  codes: tf.Tensor4D;
};

/** Regions that the head learns from. */
export type Regions = {
  /** [n, r, 4] */
  boxes: tf.Tensor3D;
  /** [n, r], int32: classes; the background is the number of classes */
  labels: tf.Tensor2D;
  /** [n, r, 4] the object's box; any where there is none */
  objects: tf.Tensor3D;
  /** [n, r] 1, or 0 where an image has fewer regions */
  real: tf.Tensor2D;
};

/** Share of objects in the regions at most. */
const share = 0.25;

/** Overlap with an object from which on a region is one. */
const objectFrom = 0.5;

const weights = [10, 10, 5, 5] as const;

/** What detection keeps: scores above `least`, `limit` boxes an image, none that overlap more. */
const kept = { least: 0.05, overlap: 0.5, limit: 100 };

/** Two linear layers on regions' features, [n * r, 1, 1, features]. Names are torchvision's. */
export function regionClasses(features: number, classes: number): {
  init: Layer["init"];
  apply(variables: Variables, x: tf.Tensor4D, images: number): Classified;
} {
  const parts = {
    cls_score: conv(features, classes + 1, { kernel: 1, deviation: 0.01, bias: 0 }),
    bbox_pred: conv(features, classes * 4, { kernel: 1, deviation: 0.001, bias: 0 }),
  };
  return {
    init: initAll(parts),
    apply: (variables, x, images) => {
      const through = (name: keyof typeof parts) =>
        parts[name].apply(branch(variables, name), x, { training: true }).y;
      return {
        classes: through("cls_score").reshape([images, -1, classes + 1]),
        codes: through("bbox_pred").reshape([images, -1, classes, 4]),
      };
    },
  };
}

/**
 * Draws the regions that the head learns from, of the proposals and the objects themselves:
 * `regions` of each image, or all where there are fewer, at most a quarter of them objects.
 *
 * @param random [n, p + m] uniform in 0 … 1, for the p proposals and the m objects
 */
export function drawRegions(
  proposals: Proposals,
  truth: Truth,
  { classes, regions, random }: { classes: number; regions: number; random: tf.Tensor2D },
): Regions {
  const boxes = tf.concat([proposals.boxes, truth.boxes], 1);
  const real = tf.concat([proposals.real, truth.labels.greaterEqual(0)], 1);
  const { overlap, index } = match(boxes, truth);
  const object = overlap.greaterEqual(objectFrom);
  const positive = object.logicalAnd(real) as tf.Tensor2D;
  const negative = object.logicalNot().logicalAnd(real) as tf.Tensor2D;
  const mask = sample(positive, negative, random, { count: regions, share });
  const drawn = tf.topk(mask, Math.min(regions, mask.shape[1]));
  const objects = rowsOf(index, drawn.indices); // of each region drawn, [n, r]
  const isObject = rowsOf(positive.cast<tf.Tensor2D>("int32"), drawn.indices).greater(0);
  const labels = rowsOf(truth.labels, objects);
  return {
    boxes: rowsOf(boxes, drawn.indices) as tf.Tensor3D,
    labels: tf.where(isObject, labels, tf.fill(labels.shape, classes, "int32")),
    objects: rowsOf(truth.boxes, objects),
    real: drawn.values as tf.Tensor2D,
  };
}

/**
 * The cross entropy of the regions' classes, and the smooth L1 loss of the objects' boxes; both are
 * means over all regions of the batch.
 *
 * @param smoothing see {@link smoothL1}
 * @see Girshick 2015, "Fast R-CNN", section 2.3 (arXiv 1504.08083)
 */
export function regionLosses(
  { classes, codes }: Classified,
  { boxes, labels, objects, real }: Regions,
  smoothing: number,
): { classes: tf.Scalar; boxes: tf.Scalar } {
  const all = classes.shape[2], flat = labels.flatten(), weight = real.flatten();
  const count = weight.sum();
  const targets = tf.oneHot(flat, all) as tf.Tensor2D; // [n * r, classes + 1]
  const entropy = softmaxCrossEntropy(classes.reshape([-1, all]), targets);
  const ofClass = tf.oneHot(labels, all - 1).expandDims(3); // nothing for the background
  const wanted = encode(objects, boxes, weights).expandDims(2);
  const distance = smoothL1(codes.sub(wanted), smoothing).mul(ofClass).sum([2, 3]).flatten();
  return {
    classes: entropy.mul(weight).sum().div(count),
    boxes: distance.mul(weight).sum().div(count),
  };
}

/** The objects among the proposals: of each class, those that overlap no likelier one too much. */
export function findObjects(
  { classes, codes }: Classified,
  { boxes, real }: Proposals,
  image: { height: number; width: number },
): Found {
  const [n, regions, count] = codes.shape;
  const likely = tf.softmax(classes).slice([0, 0, 0], [n, regions, count]);
  const decoded = clip(decode(codes, boxes.expandDims(2), weights), image);
  const labels = tf.range(0, count, 1, "int32").reshape([1, 1, count]).tile([n, regions, 1]);
  const found = {
    boxes: decoded.reshape<tf.Tensor3D>([n, regions * count, 4]),
    scores: likely.mul(real.cast("float32").expandDims(2)).reshape<tf.Tensor2D>([n, -1]),
    labels: labels.reshape<tf.Tensor2D>([n, -1]),
  };
  return suppress(found, { ...kept, limit: Math.min(kept.limit, regions * count) });
}
