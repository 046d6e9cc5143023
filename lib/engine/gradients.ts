/** Values and gradients of a loss with respect to a tree of parameters. */
import { tf } from "./tfjs.ts";
import { tensors, type Tree, withTensors } from "./tree.ts";

/**
 * The value of a loss, its gradients and what else the forward pass found out.
 *
 * @param loss given the parameters, returns the scalar `value` and `aux`, e.g. running statistics,
 *   which is passed through without a gradient
 * @returns `gradients` has the structure of `params`
 * @throws {Error} where the loss does not depend on any parameter
 */
export function valueAndGradients<P extends Tree, A extends Tree>(
  loss: (params: P) => { value: tf.Scalar; aux: A },
  params: P,
): { value: tf.Scalar; gradients: P; aux: A } {
  let aux: A | undefined;
  const { value, grads } = tf.engine().gradients(
    () => {
      const result = loss(params);
      aux = result.aux;
      tensors(result.aux).forEach((tensor) => tf.keep(tensor)); // beyond the scope that made it
      return result.value;
    },
    tensors(params),
    undefined,
    true,
  );
  const gradients = withTensors(params, grads);
  releaseToScope(tensors(aux!));
  return { value: value as tf.Scalar, gradients, aux: aux! };
}

/** The same values, through which no gradient flows: a constant to whoever differentiates. */
export function stopGradient<T extends tf.Tensor>(x: T): T {
  const detach = tf.customGrad((...args) => {
    const [x] = args as [tf.Tensor];
    return { value: x.clone(), gradFunc: (dy: tf.Tensor) => tf.zerosLike(dy) };
  });
  return detach(x) as T;
}

/**
 * The same values as constants: what is computed of them is not differentiated, and so may use
 * operations that have no gradient. After {@link stopGradient} it is, and zeros flow on.
 */
export function constant<T extends tf.Tensor>(x: T): T {
  return tf.customGrad(() => ({ value: x.clone(), gradFunc: () => [] }))() as T;
}

/** Hands kept tensors to the enclosing tidy, which frees what it does not return. */
export function releaseToScope(kept: tf.Tensor[]): void {
  const scope = tf.engine().state.activeScope;
  for (const tensor of kept) {
    tensor.kept = false;
    scope?.track.push(tensor);
  }
}
