/** What weights start from: numbers drawn from a generator. */
import type { Prng } from "../base/prng.ts";
import { tf } from "../engine/mod.ts";

/** Normal around 0. */
export function normal(prng: Prng, shape: number[], deviation: number): tf.Tensor {
  return draw(shape, () => deviation * prng.normal());
}

/** Uniform in ± bound. */
export function uniform(prng: Prng, shape: number[], bound: number): tf.Tensor {
  return draw(shape, () => prng.uniform(-bound, bound));
}

/**
 * The bound within which uniform weights keep the variance of what passes through them, forth and
 * back on average.
 *
 * @see Glorot & Bengio 2010, "Understanding the difficulty of training deep feedforward neural
 *   networks", eq. 16
 */
export function xavier(inputs: number, outputs: number): number {
  return Math.sqrt(6 / (inputs + outputs));
}

function draw(shape: number[], next: () => number): tf.Tensor {
  const size = shape.reduce((product, n) => product * n, 1);
  return tf.tensor(Float32Array.from({ length: size }, next), shape);
}
