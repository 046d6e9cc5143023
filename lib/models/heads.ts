/** Heads: the small networks between the backbone's features and a method's loss. */
import { chain } from "./compose.ts";
import { batchNorm, linear, relu } from "./layers.ts";
import type { Layer, Model } from "./model.ts";

/**
 * A multi-layer perceptron on features [n, widths[0]]: hidden layers are linear (without bias),
 * batch norm, relu; the last is linear with bias. Names count the layers as torch's
 * `Sequential(Linear, BatchNorm1d, ReLU, …, Linear)` does.
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
export function mlp(widths: number[]): Model {
  const last = widths.length - 2;
  const layers: Layer[] = widths.slice(1).flatMap((outputs, i) =>
    i < last
      ? [linear(widths[i], outputs, { bias: false }), batchNorm(outputs), relu]
      : [linear(widths[i], outputs, { bias: true })]
  );
  return {
    features: widths[widths.length - 1],
    ...chain(Object.fromEntries(layers.entries())) as Pick<Model, "init" | "apply">,
  };
}
