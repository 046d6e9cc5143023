/**
 * Max pooling with a gradient that takes its time from the memory alone: TensorFlow's searches each
 * window on one core, 5 % of a step of ResNet-50.
 */
import { precisionOnCpu } from "./compiling.ts";
import { jit } from "./jit.ts";
import { tf } from "./tfjs.ts";

/**
 * The largest of each 3x3 window, every second pixel, padded by 1. For inputs >= 0 only: the padding
 * is of zeros. Among equals, the gradient flows to the first in reading order.
 *
 * @param x [n, height, width, channels]
 * @returns [n, ceil(height / 2), ceil(width / 2), channels]
 */
export function maxPool3x3(x: tf.Tensor4D): tf.Tensor4D {
  const [, height, width] = x.shape;
  // Of an odd side, the last window has no second pixel to lie around.
  if (!precisionOnCpu() || height % 2 || width % 2) return pooled(x);
  const pool = tf.customGrad((...args) => {
    const [x, save] = args as [tf.Tensor4D, tf.GradSaveFunc];
    const y = pooled(x);
    save([x, y]);
    return {
      value: y,
      gradFunc: (dy: tf.Tensor, [x, y]: tf.Tensor[]) => inputGradient(x, y, dy),
    };
  });
  return pool(x) as tf.Tensor4D;
}

// torch pads with -infinity; where nothing is negative, zeros are as small as anything.
const padded = (x: tf.Tensor) => tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]]) as tf.Tensor4D;

const pooled = (x: tf.Tensor4D) => tf.maxPool(padded(x), 3, 2, "valid");

/** Each input lies in one window, two or four; XLA makes one pass of it. */
const inputGradient = jit((x: tf.Tensor, y: tf.Tensor, dy: tf.Tensor) => {
  const around = padded(x), [n, height, width, channels] = y.shape as number[];
  let taken = tf.zeros(y.shape, "bool");
  const flows = [0, 1, 2].map((row) =>
    [0, 1, 2].map((column) => {
      const end = [n, row + 2 * height - 1, column + 2 * width - 1, channels];
      const value = tf.stridedSlice(around, [0, row, column, 0], end, [1, 2, 2, 1]);
      const hit = tf.logicalAnd(value.equal(y), taken.logicalNot());
      taken = tf.logicalOr(taken, hit);
      return tf.where(hit, dy, tf.zerosLike(dy));
    })
  );
  const [odd, even] = received(
    flows.map((row) => {
      const [odd, even] = received(row, 2);
      return interleave(even, odd, 2);
    }),
    1,
  );
  return interleave(even, odd, 1);
}, { xla: true });

/** What the odd and the even pixels along an axis get of their windows' three. */
function received([before, at, after]: tf.Tensor[], axis: number): [tf.Tensor, tf.Tensor] {
  const begin = before.shape.map(() => 0), size = [...before.shape];
  begin[axis] = 1, size[axis]--;
  const end = before.shape.map((_, i): [number, number] => [0, i === axis ? 1 : 0]);
  // An odd pixel is the last of one window and the first of the next.
  return [after.add(before.slice(begin, size).pad(end)), at];
}

/** even[0], odd[0], even[1], … along an axis. */
function interleave(even: tf.Tensor, odd: tf.Tensor, axis: number): tf.Tensor {
  const shape = even.shape.map((size, i) => i === axis ? 2 * size : size);
  return tf.stack([even, odd], axis + 1).reshape(shape);
}
