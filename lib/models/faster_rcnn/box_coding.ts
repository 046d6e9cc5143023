/** Boxes as numbers that a network can predict: how they differ from a box nearby. */
import { tf } from "../../engine/mod.ts";
import { edges } from "../box_geometry.ts";

/** What the differences of centre (x, y) and size (width, height) are multiplied by. */
export type CodeWeights = readonly [x: number, y: number, width: number, height: number];

/** Boxes grow by no more than this: what is predicted for an anchor of 16 px fits 1,000 px. */
const mostGrowth = Math.log(1000 / 16);

/** Sides are taken to be at least this long, in pixels: an empty box has finite numbers, too. */
const leastSide = 1e-6;

/**
 * Where boxes are as seen from their anchors: how far the centres are apart, in sides of the
 * anchor, and the logarithms of the ratios of sides.
 *
 * @param boxes [..., 4]
 * @param anchors [..., 4]
 * @returns [..., 4]
 * @see Girshick et al. 2014, "Rich feature hierarchies", appendix C (arXiv 1311.2524)
 */
export function encode(boxes: tf.Tensor, anchors: tf.Tensor, weights: CodeWeights): tf.Tensor {
  const box = centred(boxes), anchor = centred(anchors);
  const code = [
    box.x.sub(anchor.x).div(anchor.width),
    box.y.sub(anchor.y).div(anchor.height),
    box.width.div(anchor.width).log(),
    box.height.div(anchor.height).log(),
  ];
  return tf.stack(code, -1).mul(tf.tensor1d([...weights]));
}

/**
 * The boxes of codes; the inverse of {@link encode}.
 *
 * @param codes [..., 4]
 * @param anchors [..., 4], of a shape that broadcasts
 * @returns [..., 4]
 */
export function decode(codes: tf.Tensor, anchors: tf.Tensor, weights: CodeWeights): tf.Tensor {
  const [dx, dy, dw, dh] = tf.unstack(codes.div(tf.tensor1d([...weights])), -1);
  const anchor = centred(anchors);
  const x = dx.mul(anchor.width).add(anchor.x), y = dy.mul(anchor.height).add(anchor.y);
  const halfWidth = tf.minimum(dw, mostGrowth).exp().mul(anchor.width).div(2);
  const halfHeight = tf.minimum(dh, mostGrowth).exp().mul(anchor.height).div(2);
  const [left, right] = [x.sub(halfWidth), x.add(halfWidth)];
  return tf.stack([left, y.sub(halfHeight), right, y.add(halfHeight)], -1);
}

function centred(boxes: tf.Tensor) {
  const [left, top, right, bottom] = edges(boxes);
  const width = tf.maximum(right.sub(left), leastSide);
  const height = tf.maximum(bottom.sub(top), leastSide);
  return { x: left.add(width.div(2)), y: top.add(height.div(2)), width, height };
}
