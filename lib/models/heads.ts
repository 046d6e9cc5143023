/** Heads: the small networks between the backbone's features and a method's loss. */
import { chain } from "./compose.ts";
import { batchNorm, linear, relu } from "./layers.ts";
import type { Layer, Model } from "./model.ts";

/** How an {@link mlp} differs from the usual one. */
export type MlpOptions = {
  /** Batch norm behind the hidden linear layers, which then have no bias; default true. */
  norm?: boolean;
  /** Between layers; default relu. */
  activation?: Layer;
  /** Weights start uniform in ± this, biases from 0; default as {@link linear} has them. */
  bound?: number;
  /**
   * What ends it: a linear layer with bias (default) or without, or a linear layer without bias and
   * batch norm, with or without its gain and bias.
   */
  output?: "linear" | "linear without bias" | "batch norm" | "batch norm without gain";
};

/**
 * A multi-layer perceptron on features [n, widths[0]]: hidden layers are linear, batch norm, relu;
 * the last is linear. Names count the layers as torch's `Sequential(Linear, BatchNorm1d, ReLU, …,
 * Linear)` does.
 *
 * @param widths of the input, of each hidden layer and of the output
 * @see Chen et al. 2020, SimCLR, section 4.2; Zbontar et al. 2021, Barlow Twins, section 3
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * const projector = mlp([512, 2048, 256]);
 * strictEqual(projector.features, 256);
 * ```
 */
export function mlp(
  widths: number[],
  { norm = true, activation = relu, bound, output = "linear" }: MlpOptions = {},
): Model {
  const last = widths.length - 2;
  const layers: Layer[] = widths.slice(1).flatMap((outputs, i) => {
    const inputs = widths[i];
    if (i < last && !norm) return [linear(inputs, outputs, { bias: true, bound }), activation];
    if (i < last) {
      return [linear(inputs, outputs, { bias: false, bound }), batchNorm(outputs), activation];
    }
    const top = linear(inputs, outputs, { bias: output === "linear", bound });
    if (output === "batch norm") return [top, batchNorm(outputs)];
    if (output === "batch norm without gain") return [top, batchNorm(outputs, { affine: false })];
    return [top];
  });
  return {
    features: widths[widths.length - 1],
    ...chain(Object.fromEntries(layers.entries())) as Pick<Model, "init" | "apply">,
  };
}
