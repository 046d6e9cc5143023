import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { Problem } from "../../lib/base/problem.ts";
import { prng } from "../../lib/base/prng.ts";
import { dispose, leaves, tf } from "../../lib/engine/mod.ts";
import { methods, resolveMethod } from "../../lib/methods/index.ts";

Deno.test("a method is found by its name; options are its defaults with what is given", () => {
  for (const name of Object.keys(methods)) strictEqual(resolveMethod({ name }).method.name, name);
  const { options } = resolveMethod({ name: "barlow_twins", options: { scale: 1 } });
  deepStrictEqual(options, { lambda: 0.0051, scale: 1, hidden: 2048, projection: 2048 });
});

Deno.test("an unknown method or option is a Problem that lists what there is", () => {
  const refused = (pattern: RegExp) => (error: Error) =>
    error instanceof Problem && pattern.test(error.message);
  throws(() => resolveMethod({ name: "simclear" }), refused(/"simclear".*simclr, barlow_twins/));
  throws(
    () => resolveMethod({ name: "simclr", options: { tau: 1 } }),
    refused(/"tau".*temperature/),
  );
});

Deno.test("every method: a finite loss, and running statistics of the heads' structure", async () => {
  for (const name of Object.keys(methods)) {
    const { method, options } = resolveMethod({ name, options: { hidden: 8, projection: 4 } });
    const heads = method.init(prng(1), 6, options);
    const [anchor, partner] = [tf.randomNormal([5, 6]), tf.randomNormal([5, 6])] as tf.Tensor2D[];
    const { value, stats } = tf.tidy(() => {
      const { value, stats } = method.loss(heads, { anchor, partner }, options);
      return { value, stats } as tf.TensorContainer;
    }) as unknown as ReturnType<typeof method.loss>;
    strictEqual(Number.isFinite((await value.data())[0]), true, name);
    const paths = (tree: typeof stats) => leaves(tree).map(([path]) => path);
    deepStrictEqual(paths(stats), paths(heads.stats), name);
    dispose(heads, anchor, partner, value, stats);
  }
});
