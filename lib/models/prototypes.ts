/** Heads whose rows of weights are directions: clusters that features are compared with. */
import { tf } from "../engine/mod.ts";
import { linear } from "./layers.ts";
import type { Branch, Model } from "./model.ts";

/**
 * SwAV's prototypes: x W, without bias. Whoever trains them keeps the columns of W at length 1 with
 * {@link toUnitLength}; for unit vectors x the scores are cosines.
 *
 * @param inputs width of the projections
 * @param count of the prototypes
 * @see Caron et al. 2020, SwAV, section 3.1 (arXiv 2006.09882)
 */
export function prototypes(inputs: number, count: number): Model {
  const layer = linear(inputs, count, { bias: false });
  return { features: count, ...layer as Pick<Model, "init" | "apply"> };
}

/** The parameters of {@link prototypes} with every prototype scaled to length 1. */
export function toUnitLength(params: Branch): Branch {
  return { ...params, weight: unitColumns(params.weight as tf.Tensor2D) };
}

/**
 * A linear layer without bias by the directions of its weights alone, the last of DINO's head:
 *   y_j = x . v_j / |v_j|
 * It is weight normalisation whose gain stays 1, and the name is torch's for v; the gradient flows
 * through the length.
 *
 * @see Salimans & Kingma 2016, "Weight Normalization", eq. 2 (arXiv 1602.07868); Caron et al. 2021,
 *   DINO, appendix C (arXiv 2104.14294)
 * @example
 * ```ts
 * import { tf } from "../engine/mod.ts";
 * import { deepStrictEqual } from "node:assert/strict";
 * const params = { weight_v: tf.tensor2d([[3, 0], [4, 2]]) }; // columns of length 5 and 2
 * const { y } = weightNormalized(2, 2)
 *   .apply({ params, stats: {} }, tf.tensor2d([[5, 7]]), { training: true });
 * deepStrictEqual([...await y.data()].map((v) => v.toFixed(3)), ["8.600", "7.000"]);
 * ```
 */
export function weightNormalized(inputs: number, outputs: number): Model {
  const { init } = linear(inputs, outputs, { bias: false });
  return {
    features: outputs,
    init: (prng) => {
      const { params, stats } = init(prng);
      return { params: { weight_v: (params as Branch).weight }, stats };
    },
    apply: ({ params, stats }, x) => {
      const { weight_v } = params as { weight_v: tf.Tensor2D };
      return { y: tf.matMul(x as tf.Tensor2D, unitColumns(weight_v)), stats };
    },
  };
}

function unitColumns(weight: tf.Tensor2D): tf.Tensor2D {
  return weight.div(weight.square().sum(0, true).maximum(1e-24).sqrt());
}
