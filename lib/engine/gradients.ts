/** Values and gradients of a loss with respect to a tree of parameters. */
import { tf } from "./tfjs.ts";
import { isTensor, tensors, type Tree, withTensors } from "./tree.ts";

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
      for (const tensor of tensors(result.aux)) tf.keep(tensor);
      return result.value;
    },
    tensors(params),
    undefined,
    true,
  );
  const gradients = withTensors(params, grads);
  releaseToScope(aux!);
  return { value: value as tf.Scalar, gradients, aux: aux! };
}

/** Hands kept tensors back to the enclosing tidy, which frees what it does not return. */
function releaseToScope(tree: Tree): void {
  for (const tensor of isTensor(tree) ? [tree] : tensors(tree)) {
    (tensor as unknown as { kept: boolean }).kept = false;
    if (tf.engine().state.activeScope) tf.engine().state.activeScope.track.push(tensor);
  }
}
