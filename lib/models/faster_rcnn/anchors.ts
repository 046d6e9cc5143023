/** Boxes of usual sizes and shapes all over an image, from which a detector's boxes start. */
import { tf } from "../../engine/mod.ts";

/** The anchors of one place; a plain JSON value. */
export type AnchorShapes = {
  /** Square roots of areas, in pixels of the image. */
  sizes: readonly number[];
  /** Height / width. */
  ratios: readonly number[];
};

/** A grid of places: that of a feature map. */
export type Grid = {
  height: number;
  width: number;
  /** Pixels of the image from place to place. */
  stride: number;
};

/** Anchors of each place. */
export const anchorsAPlace = ({ sizes, ratios }: AnchorShapes): number =>
  sizes.length * ratios.length;

/**
 * The anchors around all places (x stride, y stride) of a grid: row by row, the places of a row
 * from left to right, all sizes of the first ratio first.
 *
 * Their edges are not rounded: so has detectron2 them. torchvision rounds them.
 *
 * @returns [height * width * anchors, 4]: left, top, right, bottom in pixels of the image
 * @see Ren et al. 2015, "Faster R-CNN", section 3.1.1 (arXiv 1506.01497)
 */
export function anchors(shapes: AnchorShapes, { height, width, stride }: Grid): tf.Tensor2D {
  const around = shapes.ratios.flatMap((ratio) =>
    shapes.sizes.map((size) => [size / Math.sqrt(ratio) / 2, size * Math.sqrt(ratio) / 2])
  );
  const boxes = new Float32Array(height * width * around.length * 4);
  let at = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (const [w, h] of around) {
        boxes.set([x * stride - w, y * stride - h, x * stride + w, y * stride + h], at);
        at += 4;
      }
    }
  }
  return tf.tensor2d(boxes, [boxes.length / 4, 4]);
}
