import { deepStrictEqual, rejects, throws } from "node:assert/strict";
import { jit, tf, when } from "../../lib/engine/mod.ts";
import { raw } from "../../lib/engine/raw.ts";
import { engine } from "../../lib/engine/start.ts";

const values = async (tensor: tf.Tensor) => Array.from(await tensor.data());
const ignore = engine.name !== "tensorflow";

/** x + y where the sum of x is positive, else x / 2. */
const branches = {
  then: (x: tf.Tensor, y: tf.Tensor) => x.add(y),
  otherwise: (x: tf.Tensor) => x.div(2),
};
const choose = (x: tf.Tensor, y: tf.Tensor) => when(x.sum().greater(0), branches, x, y);
const positive = tf.tensor1d([4, -2]), negative = tf.tensor1d([-4, 2]), y = tf.tensor1d([10, 20]);

Deno.test({
  name: "when: takes a branch by value, at once and compiled",
  ignore,
  async fn() {
    for (const fn of [choose, jit(choose), jit(choose, { xla: true })]) {
      deepStrictEqual(await values(fn(positive, y)), [14, 18]);
      deepStrictEqual(await values(fn(negative, y)), [-2, 1]);
    }
  },
});

Deno.test({
  name: "when: without an alternative, x stays",
  ignore,
  async fn() {
    const magnitude = (x: tf.Tensor) => when(x.less(0), { then: (x) => x.neg() }, x);
    for (const fn of [magnitude, jit(magnitude), jit(magnitude, { xla: true })]) {
      deepStrictEqual(await values(fn(tf.scalar(-3))), [3]);
      deepStrictEqual(await values(fn(tf.scalar(5))), [5]);
    }
  },
});

Deno.test({
  name: "when: each element decides for itself, within each other too",
  ignore,
  async fn() {
    const inner = jit(
      (x: tf.Tensor) =>
        when(x.greater(0), {
          then: (x) => when(x.greater(10), { then: (x) => x.mul(2) }, x),
          otherwise: (x) => x.sub(1),
        }, x),
      { xla: true },
    );
    const each = jit((x: tf.Tensor) => inner(x), { each: true });
    deepStrictEqual(await values(await each.async(tf.tensor1d([-1, 5, 20]))), [-2, 5, 40]);
  },
});

Deno.test({
  name: "when: the branch that is not taken does not run",
  ignore,
  async fn() {
    const then = (x: tf.Tensor) => raw("CheckNumerics", { T: 1, message: "ran" }, [x]);
    const check = jit((x: tf.Tensor, ask: tf.Tensor) => when(ask.greater(0), { then }, x));
    const bad = tf.tensor1d([NaN]);
    deepStrictEqual(await values(await check.async(bad, tf.scalar(0))), [NaN]);
    await rejects(check.async(bad, tf.scalar(1)), /ran/);
  },
});

Deno.test({
  name: "when: a branch that uses what it is not given is a clear error",
  ignore,
  fn() {
    const careless = jit((x: tf.Tensor, y: tf.Tensor) =>
      when(x.sum().greater(0), { then: (x: tf.Tensor) => x.add(y) }, x)
    );
    throws(() => careless(positive, y), /no longer exists, or was made while tracing/);
  },
});
