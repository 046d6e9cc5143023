/** A branch that is computed only where it is taken. */
import { engine } from "./start.ts";
import { tf } from "./tfjs.ts";
import { callInGraph, resultTypes, trace } from "./trace.ts";

/** What a branch computes: of arguments alone, for it is a function of its own. */
export type Branch<T extends tf.Tensor> = (x: T, ...others: tf.Tensor[]) => T;

/**
 * `then(x, …others)` where the condition holds, else `otherwise(x, …others)`. In a jitted function
 * one value decides when it runs: the other branch costs nothing. Not on WebGPU.
 *
 * @param condition one boolean
 * @param branches both return one shape and type; `otherwise` is x itself where absent
 *
 * @example
 * ```ts
 * import { jit, tf } from "./mod.ts";
 * const magnitude = jit((x: tf.Scalar) => when(x.less(0), { then: (x) => x.neg() }, x));
 * console.log(await magnitude(tf.scalar(-2)).data()); // Float32Array [2]
 * ```
 */
export function when<T extends tf.Tensor>(
  condition: tf.Tensor,
  { then, otherwise = (x) => x }: { then: Branch<T>; otherwise?: Branch<T> },
  x: T,
  ...others: tf.Tensor[]
): T {
  const target = engine.name === "tensorflow" && engine.tracing.graph ? engine : undefined;
  if (!target) return (condition.dataSync()[0] ? then : otherwise)(x, ...others);
  const { xla } = target.tracing.graph!;
  const args: [T, ...tf.Tensor[]] = [x, ...others];
  const branches = [then, otherwise].map((branch) => trace(target, branch, args, { xla }));
  const [{ name: then_branch }, { name: else_branch }] = branches;
  const attributes = { then_branch, else_branch, Tout: resultTypes(branches[0]) };
  const inputs = [condition.reshape([]), ...args];
  const [result] = callInGraph(target, "StatelessIf", attributes, inputs, branches);
  return result as T;
}
