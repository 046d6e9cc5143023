/** A network held against what torch computed from the same weights. */
import { type tf, type Tree, valueAndGradients } from "../../lib/engine/mod.ts";
import type { Model, Variables } from "../../lib/models/model.ts";
import { close, closeRecords, norms, tensor } from "../vectors/inputs.ts";

/** A case of networks.json. */
export interface NetworkCase {
  images: number[];
  inference: number[];
  training: number[];
  gradientNorms: object;
  runningNorms: object;
}

/** Asserts that outputs, every parameter's gradient and running statistics are torch's. */
export async function checkNetwork(
  model: Model,
  { params, stats }: Variables,
  expected: NetworkCase,
  what: string,
): Promise<void> {
  const x = tensor<tf.Tensor4D>("images", expected.images);
  const { y } = model.apply({ params, stats }, x, { training: false });
  close(await y.data(), expected.inference, 1e-4, `${what}: inference`);

  const direction = tensor("direction", y.shape);
  for (const recompute of [false, true]) {
    const { gradients, aux } = valueAndGradients((params: Tree) => {
      const result = model.apply({ params, stats }, x, { training: true, recompute });
      return { value: result.y.mul(direction).sum() as tf.Scalar, aux: { ...result } };
    }, params);
    const named = (record: object) => record as Record<string, number>;
    close(await aux.y.data(), expected.training, 1e-4, `${what}: training`);
    closeRecords(await norms(gradients), named(expected.gradientNorms), 1e-3, what);
    const running = Object.entries(await norms(aux.stats)).filter(([name]) => /running/.test(name));
    closeRecords(Object.fromEntries(running), named(expected.runningNorms), 1e-4, what);
  }
}

/** The names and shapes of all parameters, as torch lays them out. */
export function torchShapes(named: [path: string, leaf: tf.Tensor][]): Record<string, number[]> {
  return Object.fromEntries(named.map(([path, { shape }]) => {
    const [height, width, inputs, outputs] = shape;
    if (shape.length === 4) return [path.slice(1), [outputs, inputs, height, width]];
    return [path.slice(1), shape.length === 2 ? shape.toReversed() : shape];
  }));
}
