/** Less memory for more time: values that the gradient needs, computed once more instead of kept. */
import { after } from "./compiling.ts";
import { releaseToScope } from "./gradients.ts";
import { tf } from "./tfjs.ts";
import { mapTree, tensors, type Tree, withTensors } from "./tree.ts";

/**
 * y of `fn(params, x)`, whose intermediate values are not kept for the gradient: it computes them
 * anew from x. `aux` is a copy of what the first time found out, e.g. running statistics; no gradient
 * flows through it.
 *
 * @param fn pure; every tensor that it uses is made inside or in its arguments: others may be gone
 *   when the gradient comes
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
    aux = mapTree((tensor) => tf.keep(tensor.clone()), made.aux) as A; // beyond this scope
    save(inputs);
    return {
      value: made.y,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        // Without the wait it would be computed as soon as x is there: early, and kept after all.
        const [x, ...values] = saved.map((tensor) => after(tensor, dy));
        return gradientsWithin(() => fn(withTensors(params, values), x).y, [x, ...values], dy);
      },
    };
  });
  const y = apply(x, ...tensors(params));
  releaseToScope(tensors(aux!));
  return { y, aux: aux! };
}

/** Gradients while others are being computed, whose record tfjs would forget. */
function gradientsWithin(
  fn: () => tf.Tensor,
  xs: tf.Tensor[],
  dy: tf.Tensor,
): tf.Tensor[] {
  const { state } = tf.engine(), outer = state.activeTape;
  try {
    const { value, grads } = tf.engine().gradients(fn, xs, dy, true);
    value.dispose();
    return grads.map((gradient, i) => gradient ?? tf.zerosLike(xs[i]));
  } finally {
    state.activeTape = outer;
  }
}
