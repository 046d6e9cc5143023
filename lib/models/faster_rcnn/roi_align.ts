/** Feature maps of regions: what lies within boxes of any size, as maps of one size. */
import { tf } from "../../engine/mod.ts";
import { edges } from "../box_geometry.ts";

/**
 * ROIAlign: each box is cut into size x size bins, and each bin is the mean of the map,
 * interpolated bilinearly, at points that divide it evenly: one for each pixel of the map that a
 * bin is wide, one at least. It is detectron2's ROIAlignV2 with a sampling ratio of 0, and
 * torchvision's `roi_align` with `aligned=True, sampling_ratio=0`.
 *
 * A bin's rows and columns are averaged one after the other, each by a product of matrices: it
 * needs no scattered additions, whose order and so whose rounding varies. Gradients flow to the
 * map, none to the boxes.
 *
 * @param map [n, height, width, c]
 * @param boxes [n, r, 4], left, top, right, bottom in pixels of the image
 * @param options.size bins a side
 * @param options.stride pixels of the image a side for each of the map's
 * @returns [n * r, size, size, c]
 * @see He et al. 2017, "Mask R-CNN", section 3 (arXiv 1703.06870)
 */
export function roiAlign(
  map: tf.Tensor4D,
  boxes: tf.Tensor3D,
  { size, stride }: { size: number; stride: number },
): tf.Tensor4D {
  const [n, height, width, channels] = map.shape, regions = boxes.shape[1];
  // Pixels of the map are squares around their values.
  const [left, top, right, bottom] = edges(boxes.mul(1 / stride).sub(0.5));
  const rows = binWeights(top, bottom, { size, length: height }) // [n, r, size, height]
    .reshape([n, regions * size, height]);
  const columns = binWeights(left, right, { size, length: width }) // [n, r, size, width]
    .reshape([n * regions, 1, size, width]);
  const lines = tf.matMul(rows, map.reshape([n, height, width * channels]))
    .reshape([n * regions, size, width, channels]);
  return tf.matMul(columns, lines) as tf.Tensor4D;
}

/**
 * The weight of each pixel of a line in each bin of each box.
 *
 * @param low [n, r] where boxes begin, in pixels of the map
 * @param high [n, r] where they end
 * @returns [n, r, size, length]
 */
function binWeights(
  low: tf.Tensor,
  high: tf.Tensor,
  { size, length }: { size: number; length: number },
): tf.Tensor {
  const most = Math.ceil(length / size); // for a box as long as the line
  const [start, bin] = [low, high.sub(low).div(size)].map((x) => x.expandDims(2).expandDims(3));
  const count = tf.clipByValue(bin.ceil(), 1, most); // points a bin, [n, r, 1, 1]
  const point = tf.range(0, most), index = tf.range(0, size).expandDims(1);
  const at = index.add(point.add(0.5).div(count)).mul(bin).add(start); // [n, r, size, most]
  const counted = tf.less(point, count)
    .logicalAnd(at.greaterEqual(-1)).logicalAnd(at.lessEqual(length));
  const within = tf.clipByValue(at, 0, length - 1).expandDims(4); // beyond the edge, the edge's
  const weights = tf.relu(tf.sub(1, within.sub(tf.range(0, length)).abs()));
  return weights.mul(counted.cast("float32").div(count).expandDims(4)).sum(3);
}
