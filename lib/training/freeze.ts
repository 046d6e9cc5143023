/** Heads that do not learn in the first epochs of a run. */
import { leaves, tf, type Tree, withTensors } from "../engine/mod.ts";

/**
 * The new tree, except that everything of a head keeps its old value while `released` is 0: its
 * parameters, and what the optimizer remembers of them.
 *
 * @param head its name: leaves whose path goes through `.heads.<head>.`
 * @param released 0 or 1
 */
export function holdBack<T extends Tree>(
  before: T,
  after: T,
  head: string,
  released: tf.Scalar,
): T {
  const old = leaves(before);
  const blended = leaves(after).map(([path, next], i) => {
    if (!path.includes(`.heads.${head}.`)) return next;
    const [, last] = old[i];
    return tf.where(released.greater(0), next, last);
  });
  return withTensors(after, blended);
}
