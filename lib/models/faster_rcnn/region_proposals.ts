/** The region proposal network: which of the anchors are objects, and where exactly. */
import { constant, tf } from "../../engine/mod.ts";
import { clip, edges } from "../box_geometry.ts";
import { branch, chain, initAll } from "../compose.ts";
import type { Truth } from "../detector.ts";
import { conv, relu } from "../layers.ts";
import type { Layer, Variables } from "../model.ts";
import { suppress } from "../nms.ts";
import { rowsOf } from "../rows.ts";
import { decode, encode } from "./box_coding.ts";
import { match, sample } from "./matching.ts";
import { smoothL1 } from "./smooth_l1.ts";

/** What the network says of each anchor. */
export type Proposed = {
  /** [n, k] logits: is it an object? */
  objectness: tf.Tensor2D;
  /** [n, k, 4], see {@link encode} */
  codes: tf.Tensor3D;
};

/** Regions that may hold objects, the likeliest first. */
export type Proposals = {
  /** [n, p, 4], 0 where there are fewer */
  boxes: tf.Tensor3D;
  /** [n, p] boolean: false where there are fewer */
  real: tf.Tensor2D;
};

/** How many regions of an image: the likeliest before the suppression, and those left after it. */
export type Limits = { before: number; after: number };

/** Anchors an image that the network learns from, and the share of objects in them at most. */
const sampled = { count: 256, share: 0.5 };

/** Anchors that overlap an object by this much are positive, those below the other negative. */
const positiveFrom = 0.7, negativeBelow = 0.3;

/** Overlap with a likelier proposal from which on one is left out. */
const suppressedFrom = 0.7;

const weights = [1, 1, 1, 1] as const;

/**
 * A 3x3 convolution and, at each place, the objectness and the box of each of its anchors. Names
 * are torchvision's.
 *
 * @param channels of the feature map
 * @param anchors of each place
 */
export function proposalNetwork(channels: number, anchors: number): {
  init: Layer["init"];
  apply(variables: Variables, map: tf.Tensor4D): Proposed;
} {
  const near0 = { deviation: 0.01, bias: 0 };
  const parts = {
    conv: chain({ 0: conv(channels, channels, { kernel: 3, ...near0 }), 1: relu }),
    cls_logits: conv(channels, anchors, { kernel: 1, ...near0 }),
    bbox_pred: conv(channels, anchors * 4, { kernel: 1, ...near0 }),
  };
  return {
    init: initAll(parts),
    apply: (variables, map) => {
      const through = (name: keyof typeof parts, x: tf.Tensor) =>
        parts[name].apply(branch(variables, name), x, { training: true }).y;
      const shared = through("conv", map), n = map.shape[0];
      return {
        objectness: through("cls_logits", shared).reshape([n, -1]),
        codes: through("bbox_pred", shared).reshape([n, -1, 4]),
      };
    },
  };
}

/**
 * What the network has to learn: the objectness of a sample of anchors (binary cross entropy), and
 * the codes of the positive ones (smooth L1); both are means over the sample of the whole batch.
 *
 * An anchor is positive from an overlap of 0.7 with an object on, and where no anchor overlaps that
 * object more; it is negative where it overlaps none by 0.3.
 *
 * @param anchors [k, 4]
 * @param random [n, k] uniform in 0 … 1
 * @param smoothing see {@link smoothL1}
 * @see Ren et al. 2015, "Faster R-CNN", section 3.1.2 and 3.1.3 (arXiv 1506.01497)
 */
export function proposalLosses(
  { objectness, codes }: Proposed,
  { anchors, truth, random, smoothing }: {
    anchors: tf.Tensor2D;
    truth: Truth;
    random: tf.Tensor2D;
    smoothing: number;
  },
): { objectness: tf.Scalar; proposals: tf.Scalar } {
  const { overlap, index, best } = match(anchors.expandDims(0), truth);
  const positive = overlap.greaterEqual(positiveFrom).logicalOr(best) as tf.Tensor2D;
  const negative = overlap.less(negativeBelow).logicalAnd(positive.logicalNot()) as tf.Tensor2D;
  const drawn = sample(positive, negative, random, sampled);
  const drawnObjects = drawn.mul(positive.cast("float32"));
  const count = drawn.sum();
  // -log sigmoid(x) for objects, -log sigmoid(-x) for others
  const entropy = tf.softplus(tf.where(positive, objectness.neg(), objectness));
  const wanted = encode(rowsOf(truth.boxes, index), anchors, weights);
  const distance = smoothL1(codes.sub(wanted), smoothing).sum(2);
  return {
    objectness: entropy.mul(drawn).sum().div(count),
    proposals: distance.mul(drawnObjects).sum().div(count),
  };
}

/**
 * The regions that the network finds likeliest, without those that overlap a likelier one by more
 * than 0.7; constants to whoever differentiates.
 *
 * @param anchors [k, 4]
 * @returns as many as there can be, see {@link Limits}
 */
export function propose(
  { objectness, codes }: Proposed,
  anchors: tf.Tensor2D,
  { image, before, after }: Limits & { image: { height: number; width: number } },
): Proposals {
  const n = objectness.shape[0], k = anchors.shape[0];
  const { values, indices } = tf.topk(constant(objectness), Math.min(before, k));
  const places = rowsOf(anchors.expandDims<tf.Tensor3D>(0).tile([n, 1, 1]), indices);
  const boxes = clip(decode(rowsOf(constant(codes), indices), places, weights), image);
  const [left, top, right, bottom] = edges(boxes);
  const empty = right.lessEqual(left).logicalOr(bottom.lessEqual(top));
  const scores = values.sigmoid().mul(empty.logicalNot().cast("float32"));
  const found = { boxes, scores, labels: tf.zerosLike(indices) } as Parameters<typeof suppress>[0];
  const limit = Math.min(after, before, k);
  const kept = suppress(found, { limit, overlap: suppressedFrom, least: 0 });
  return { boxes: kept.boxes, real: kept.scores.greater(0) };
}
