import { deepStrictEqual, ok, rejects, strictEqual, throws } from "node:assert/strict";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { jit, liveTensors, tf } from "../../lib/engine/mod.ts";
import { engine } from "../../lib/engine/start.ts";

const values = async (tensor: tf.Tensor) => Array.from(await tensor.data());
const ignore = engine.name !== "tensorflow";

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

/** How many functions TensorFlow holds, once all that can go is gone. */
async function functionsLeft(): Promise<number> {
  for (let i = 0; i < 2; i++) {
    collectGarbage();
    await new Promise((resolve) => setTimeout(resolve, 0)); // finalizers are tasks of their own
  }
  return engine.name === "tensorflow" ? engine.native.functions.size : 0;
}

Deno.test({
  name: "each: the function of every element, in their order, traced once for any number",
  ignore,
  async fn() {
    let traces = 0;
    const fn = jit(({ x, scale }: { x: tf.Tensor; scale: tf.Tensor }) => {
      traces++;
      return { sum: x.mul(scale).sum(), rows: x.add(scale) };
    }, { each: true });
    for (const n of [5, 1, 40]) {
      const x = tf.range(0, 6 * n).reshape([n, 2, 3]), scale = tf.range(0, n);
      const { sum, rows } = await fn.async({ x, scale });
      deepStrictEqual([sum.shape, rows.shape], [[n], [n, 2, 3]]);
      deepStrictEqual(await values(sum), await values(x.sum([1, 2]).mul(scale)));
      deepStrictEqual(await values(rows), await values(x.add(scale.reshape([n, 1, 1]))));
    }
    strictEqual(traces, 1);
  },
});

Deno.test({
  name: "each: arguments of different lengths are an error that leaves nothing behind",
  ignore,
  async fn() {
    const add = jit((x: tf.Tensor, y: tf.Tensor) => x.add(y), { each: true });
    const [x, y] = [tf.ones([3, 2]), tf.ones([4, 2])];
    await rejects(add.async(x, y), /same dimension 0/); // uploads both
    const before = liveTensors();
    await rejects(add.async(x, y), /same dimension 0/);
    deepStrictEqual(liveTensors(), before);
  },
});

Deno.test({
  name: "each: within another function it is a part, which may share arguments and types",
  ignore,
  async fn() {
    const each = jit(
      (x: tf.Tensor, y: tf.Tensor, shared: tf.Tensor) => ({ sum: x.mul(shared).add(y).sum() }),
      { each: true, shared: 1 },
    );
    const [x, y] = [tf.tensor2d([[1, -2], [3, 4]]), tf.tensor2d([[1, 1], [2, 2]])];
    const shared = tf.tensor1d([10, 100]);
    const expected = [10 - 200 + 2, 30 + 400 + 4];
    deepStrictEqual(await values(each(x, y, shared).sum), expected);
    const whole = jit((x: tf.Tensor) =>
      each(x, y.mul(x.sign().square()), shared.add(0)).sum.mul(2)
    );
    throws(() => whole(x), /captured tensor/);
    for (const precision of ["fp32", "bf16"] as const) {
      const within = jit(
        (x: tf.Tensor, y: tf.Tensor, shared: tf.Tensor) => each(x, y, shared).sum.mul(2),
        { precision },
      );
      deepStrictEqual(await values(within(x, y, shared)), expected.map((value) => 2 * value));
    }
  },
});

Deno.test({
  name: "a part that XLA compiles gives what it gives alone, and goes when its caller goes",
  ignore,
  async fn() {
    const before = await functionsLeft();
    const use = async () => {
      let traces = 0;
      const part = jit((x: tf.Tensor) => {
        traces++;
        return { y: x.mul(0.5).exp().add(1).log() };
      }, { xla: true });
      const whole = jit((x: tf.Tensor) => part(x.mul(2)).y.sum(1));
      const each = jit((x: tf.Tensor) => part(x.mul(2)).y.sum(), { each: true });
      const x = tf.tensor2d([[1, -2], [3, 4]]);
      const expected = await values(part(x.mul(2)).y.sum(1));
      for (const found of [await values(whole(x)), await values(await each.async(x))]) {
        found.forEach((value, i) => ok(Math.abs(value - expected[i]) < 1e-6));
      }
      strictEqual(traces, 2); // of [2, 2] and of [2]
      ok(await functionsLeft() > before);
    };
    await use();
    strictEqual(await functionsLeft(), before);
  },
});
