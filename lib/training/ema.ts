/** The momentum encoder: a moving average of the weights that learn. */
import { mapTree, type tf, type Tree } from "../engine/mod.ts";

/**
 * m <- tau m + (1 - tau) w
 *
 * @param average the momentum encoder's parameters m
 * @param weights the online network's w, of the same structure
 * @see He et al. 2020, MoCo, eq. 2 (arXiv 1911.05722)
 */
export function follow<T extends Tree>(average: T, weights: Tree, tau: tf.Scalar): T {
  return mapTree((m, w) => m.mul(tau).add(w.mul(tau.neg().add(1))), average, weights);
}
