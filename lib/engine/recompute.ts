/** Less memory for more time: values that the gradient needs, computed once more instead of kept. */
import { after } from "./compiling.ts";
import { releaseToScope } from "./gradients.ts";
import { tf } from "./tfjs.ts";
import { tensors, type Tree, withTensors } from "./tree.ts";

/**
 * y of `fn(params, x)`, whose intermediate values are not kept for the gradient: it computes them
 * anew from x. `aux` is what the first time found out, e.g. running statistics; no gradient flows
 * through it.
 *
 * @param fn pure, and the same both times; all that it differentiates by is in its arguments
 * @see Chen et al. 2016, "Training Deep Nets with Sublinear Memory Cost", section 3 (arXiv 1604.06174)
 */
export function recomputed<P extends Tree, A extends Tree>(
  fn: (params: P, x: tf.Tensor) => { y: tf.Tensor; aux: A },
  params: P,
  x: tf.Tensor,
): { y: tf.Tensor; aux: A } {
  let aux: A | undefined;
  const apply = tf.customGrad((...args) => {
    const save = args.pop() as unknown as tf.GradSaveFunc, inputs = args as tf.Tensor[];
    const [x, ...values] = inputs;
    const made = fn(withTensors(params, values), x);
    aux = made.aux;
    tensors(aux).forEach((tensor) => tf.keep(tensor)); // beyond the scope that made it
    save(inputs);
    return {
      value: made.y,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [x, ...values] = saved;
        const again = (x: tf.Tensor, ...values: tf.Tensor[]) =>
          fn(withTensors(params, values), x).y;
        // Without the wait it would be computed as soon as x is there: early, and kept after all.
        return gradientsWithin(again, [after(x, dy), ...values], dy);
      },
    };
  });
  const y = apply(x, ...tensors(params));
  releaseToScope(tensors(aux!));
  return { y, aux: aux! };
}

/** Gradients while others are being computed, whose record tfjs would forget. */
function gradientsWithin(
  fn: (...xs: tf.Tensor[]) => tf.Tensor,
  xs: tf.Tensor[],
  dy: tf.Tensor,
): tf.Tensor[] {
  const { state } = tf.engine(), outer = state.activeTape;
  try {
    const { grads } = tf.engine().gradients(() => fn(...xs), xs, dy, true);
    return grads.map((gradient, i) => gradient ?? tf.zerosLike(xs[i]));
  } finally {
    state.activeTape = outer;
  }
}
