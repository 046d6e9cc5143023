/** What FCOS should predict at each location of its feature maps. */
import { tf } from "../../engine/mod.ts";
import { area, edges } from "../box_geometry.ts";
import type { Truth } from "../detector.ts";
import { rowsOf } from "../rows.ts";

/** A feature map that boxes are predicted on. */
export interface Level {
  height: number;
  width: number;
  /** Pixels of the image a side for each of its own. */
  stride: number;
}

/** The locations of all levels, one after the other, row by row; each [p]. */
export interface Locations {
  /** In pixels of the image. */
  x: tf.Tensor1D;
  y: tf.Tensor1D;
  stride: tf.Tensor1D;
  /** Sizes of objects that the level is for: the distance to the farthest edge, both exclusive. */
  least: tf.Tensor1D;
  most: tf.Tensor1D;
}

/**
 * Where boxes are predicted: at multiples of the stride, as in torchvision; with padding on both
 * sides, this is where the receptive fields are centred (the paper moves them by half a stride).
 *
 * A level of stride s is for objects of 4 s … 8 s, the first for all smaller ones too, the last for
 * all larger ones.
 *
 * @param levels the finest first
 */
export function locationsOf(levels: readonly Level[]): Locations {
  const rows = levels.flatMap(({ height, width, stride }, i) => {
    const least = i === 0 ? 0 : 4 * stride;
    const most = i === levels.length - 1 ? Infinity : 8 * stride;
    return Array.from({ length: height * width }, (_, at) => {
      const x = at % width * stride, y = Math.floor(at / width) * stride;
      return { x, y, stride, least, most };
    });
  });
  const column = (name: keyof Locations) => tf.tensor1d(rows.map((row) => row[name]));
  return {
    x: column("x"),
    y: column("y"),
    stride: column("stride"),
    least: column("least"),
    most: column("most"),
  };
}

/** What should be predicted at the p locations of n images. */
export interface Targets {
  /** [n, p, 4] the object's box; anything where there is none */
  boxes: tf.Tensor3D;
  /** [n, p], int32: the object's class, -1 where there is none */
  labels: tf.Tensor2D;
  /** [n, p]: 1 where there is an object, else 0 */
  positive: tf.Tensor2D;
}

/** How far from an object's centre, in strides, a location may be to predict it; torchvision's. */
const radius = 1.5;

/**
 * The object that each location should predict: that which it lies in, near whose centre it is, and
 * whose size its level is for; of several the one with the smallest area.
 *
 * torchvision subtracts areas from 1e8 in float32, so that it takes areas less than 8 apart for
 * equal; here they are compared as they are, as in the paper.
 *
 * @see Tian et al. 2019, "FCOS", section 3.1 and 3.2 (arXiv 1904.01355); centre sampling:
 *   Tian et al. 2020, section 3.1 (arXiv 2006.09214), torchvision's `FCOS.compute_loss`
 */
export function targetsOf({ boxes, labels }: Truth, locations: Locations): Targets {
  const [n, m] = labels.shape;
  const [left, top, right, bottom] = edges(boxes).map((edge) => edge.expandDims(1)); // [n, 1, m]
  const [x, y, stride, least, most] = (["x", "y", "stride", "least", "most"] as const)
    .map((name) => locations[name].expandDims(1)); // [p, 1]
  const distances = [x.sub(left), y.sub(top), right.sub(x), bottom.sub(y)]; // [n, p, m] each
  const nearest = distances.reduce((a, b) => tf.minimum(a, b));
  const farthest = distances.reduce((a, b) => tf.maximum(a, b));
  const offCentre = tf.maximum(
    x.sub(left.add(right).div(2)).abs(),
    y.sub(top.add(bottom).div(2)).abs(),
  );
  const matches = nearest.greater(0)
    .logicalAnd(offCentre.less(stride.mul(radius)))
    .logicalAnd(farthest.greater(least).logicalAnd(farthest.less(most)))
    .logicalAnd(labels.greaterEqual(0).reshape([n, 1, m]));
  const areas = tf.where(matches, area(boxes).expandDims(1), tf.scalar(Infinity)); // [n, p, m]
  const chosen = areas.argMin(2) as tf.Tensor2D; // [n, p]
  const positive = matches.any(2) as tf.Tensor2D;
  return {
    boxes: rowsOf(boxes, chosen),
    labels: tf.where(positive, rowsOf(labels, chosen), tf.fill(chosen.shape, -1, "int32")),
    positive: positive.cast("float32"),
  };
}

/**
 * How central a location is in its object: 1 in the middle, 0 at an edge.
 *   sqrt( min(l, r) / max(l, r) · min(t, b) / max(t, b) )
 *
 * @returns [n, p]; 0 where there is no object
 * @see Tian et al. 2019, eq. 3
 */
export function centerness({ boxes, positive }: Targets, { x, y }: Locations): tf.Tensor2D {
  const [left, top, right, bottom] = edges(boxes); // [n, p] each
  const balance = (a: tf.Tensor, b: tf.Tensor) => tf.divNoNan(tf.minimum(a, b), tf.maximum(a, b));
  const across = balance(x.sub(left), right.sub(x)), down = balance(y.sub(top), bottom.sub(y));
  return across.mul(down).mul(positive).relu().sqrt() as tf.Tensor2D;
}
