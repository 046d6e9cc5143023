import { deepStrictEqual, ok, rejects, strictEqual, throws } from "node:assert/strict";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { call } from "../../lib/engine/eager.ts";
import {
  constant,
  jit,
  liveTensors,
  stopGradient,
  tf,
  valueAndGradients,
} from "../../lib/engine/mod.ts";
import { engine } from "../../lib/engine/start.ts";

const compiled = engine.name === "tensorflow";
const values = async (tensor: tf.Tensor) => Array.from(await tensor.data());
const x = tf.tensor2d([[1, -2], [3, 4]]);

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

/** Names of the functions that TensorFlow holds, once all that can go is gone. */
async function functionsLeft(): Promise<string[]> {
  for (let i = 0; i < 2; i++) {
    collectGarbage();
    await new Promise((resolve) => setTimeout(resolve, 0)); // finalizers are tasks of their own
  }
  return engine.name === "tensorflow" ? [...engine.native.functions] : [];
}

Deno.test("jit: nested records in and out", async () => {
  const fn = jit(({ layers }: { layers: { w: tf.Tensor }[] }, x: tf.Tensor) => ({
    sum: layers[0].w.add(layers[1].w),
    nested: [x.mul(2)],
  }));
  const result = fn({ layers: [{ w: tf.scalar(1) }, { w: tf.scalar(2) }] }, x);
  deepStrictEqual(await values(result.sum), [3]);
  deepStrictEqual(await values(result.nested[0]), [2, -4, 6, 8]);
});

Deno.test("jit: traces once a signature", async () => {
  let traces = 0;
  const double = jit((x: tf.Tensor) => {
    traces++;
    return x.mul(2);
  });
  deepStrictEqual(await values(double(tf.tensor1d([1, 2]))), [2, 4]);
  deepStrictEqual(await values(double(tf.tensor1d([3, 4]))), [6, 8]);
  strictEqual(traces, compiled ? 1 : 2);
  deepStrictEqual(await values(double(tf.tensor1d([1, 2, 3]))), [2, 4, 6]); // another shape
  deepStrictEqual(await values(double(tf.tensor1d([5, 6], "int32"))), [10, 12]); // another type
  strictEqual(traces, compiled ? 3 : 4);
});

Deno.test("jit: the async form gives the same, and calls may overlap", async () => {
  const fn = jit((x: tf.Tensor) => ({ y: tf.matMul(x as tf.Tensor2D, x as tf.Tensor2D) }));
  const inputs = Array.from({ length: 8 }, (_, i) => tf.fill([64, 64], i + 1));
  const results = await Promise.all(inputs.map((input) => fn.async(input)));
  for (const [i, { y }] of results.entries()) {
    strictEqual((await y.data())[0], 64 * (i + 1) ** 2);
  }
});

Deno.test("jit: donated arguments are given up", () => {
  const step = jit((state: { w: tf.Tensor }) => ({ w: state.w.add(1) }), { donate: [0] });
  const first = { w: tf.scalar(0) };
  const second = step(first);
  ok(first.w.isDisposed);
  ok(!second.w.isDisposed);
  throws(() => step(first), /argument 1\.w is disposed/);
});

Deno.test("jit: what returns a donated argument returns it alive", async () => {
  const keep = jit((state: { w: tf.Tensor }) => ({ w: state.w }), { donate: [0] });
  deepStrictEqual(await values(keep({ w: tf.scalar(7) }).w), [7]);
});

Deno.test("jit: inside another jitted function it becomes part of that", async () => {
  const inner = jit((x: tf.Tensor) => x.add(1));
  const outer = jit((x: tf.Tensor) => inner(x).mul(3));
  deepStrictEqual(await values(outer(tf.scalar(2))), [9]);
});

Deno.test("jit: XLA gives what the plain function gives", async () => {
  const fn = (x: tf.Tensor) => x.mul(0.5).exp().add(1).log().sum(1);
  const [plain, xla] = await Promise.all([values(fn(x)), values(jit(fn, { xla: true })(x))]);
  plain.forEach((value, i) => ok(Math.abs(value - xla[i]) < 1e-6));
});

Deno.test("jit: bf16 rounds convolutions but not matrix products; results stay float32", async () => {
  const [image, filter] = [
    tf.fill<tf.Rank.R4>([1, 1, 1, 1], 1.001),
    tf.ones<tf.Rank.R4>([1, 1, 1, 1]),
  ];
  const both = jit((image: tf.Tensor4D, filter: tf.Tensor4D) => ({
    convolved: tf.conv2d(image, filter, 1, "same"),
    product: image.reshape<tf.Tensor2D>([1, 1]).matMul(filter.reshape<tf.Tensor2D>([1, 1])),
  }), { precision: "bf16" });
  const { convolved, product } = both(image, filter);
  strictEqual(convolved.dtype, "float32");
  strictEqual((await values(convolved))[0], compiled ? 1 : Math.fround(1.001));
  strictEqual((await values(product))[0], Math.fround(1.001));
});

Deno.test("jit: a leaf that is no tensor is an error with the argument's path", () => {
  const fn = jit((p: { a: { b: tf.Tensor } }, x: tf.Tensor) => p.a.b.add(x));
  throws(() => fn({ a: { b: 3 as never } }, x), /argument 1\.a\.b is the number 3.*tf\.scalar/);
  throws(() => fn({ a: { b: x } }, undefined as never), /argument 2 is undefined/);
  const bad = jit((x: tf.Tensor) => ({ loss: x, steps: 3 as never }));
  throws(() => bad(x), /result\.steps is the number 3/);
});

Deno.test({
  name: "jit: reading while tracing is an error with the argument's path",
  ignore: !compiled,
  fn: async () => {
    const reads = jit((p: { scale: tf.Tensor }) => tf.scalar(p.scale.dataSync()[0]));
    throws(() => reads({ scale: x }), /value of argument 1\.scale is read.*read it outside/);
    const readsLater = jit((x: tf.Tensor) => x.relu().arraySync() as never);
    throws(() => readsLater(x), /value of Relu is read/);
    await rejects(() => reads.async({ scale: x }), /argument 1\.scale/);
    deepStrictEqual(await values(jit((x: tf.Tensor) => x.add(1))(x)), [2, -1, 4, 5]); // recovered
  },
});

Deno.test({
  name: "jit: a captured tensor is an error, whether in the engine yet or not",
  ignore: !compiled,
  fn: async () => {
    const fresh = tf.tensor1d([1, 2]);
    throws(
      () => jit((x: tf.Tensor) => x.add(fresh))(x),
      /captured tensor, float32 \[2\].*argument/,
    );
    const used = tf.tensor2d([[1, 2]]);
    await used.neg().data();
    throws(
      () => jit((x: tf.Tensor) => x.add(used))(x),
      /Add uses a captured tensor, float32 \[1,2\]/,
    );
    throws(() => jit((_: tf.Tensor) => used)(x), /result is a captured tensor/);
    deepStrictEqual(await values(fresh), [1, 2]); // and it is unharmed
  },
});

Deno.test("jit: failed traces and calls leave nothing behind", () => {
  const before = liveTensors();
  const mismatch = jit((x: tf.Tensor2D, y: tf.Tensor2D) => tf.matMul(x, y));
  const y = tf.ones<tf.Rank.R2>([3, 3]);
  throws(() => mismatch(x, y));
  y.dispose();
  throws(() => jit((x: tf.Tensor) => ({ y: x.add(1), steps: 3 as never }))(x), /result\.steps/);
  strictEqual(liveTensors().tensors, before.tensors);
});

Deno.test({
  name: "jit: a function that nobody can call any more leaves TensorFlow; others stay",
  ignore: !compiled,
  fn: async () => {
    if (engine.name !== "tensorflow") return;
    const { native } = engine;
    const before = await functionsLeft();
    const kept = jit((x: tf.Tensor) => x.add(1));
    kept(x).dispose();
    (() => {
      const lost = jit((x: tf.Tensor) => x.sub(1));
      for (const shape of [[1], [2], [3]]) tf.tidy(() => lost(tf.zeros(shape)));
      strictEqual(native.functions.size, before.length + 4);
    })();
    const [last] = [...native.functions].reverse();
    const left = await functionsLeft();
    strictEqual(left.length, before.length + 1);
    throws(() => call(native, last, [], [], 1), /neither .* nor a name of a function registered/);
    deepStrictEqual(await values(kept(x)), [2, -1, 4, 5]);
  },
});

Deno.test("jit: a call under way keeps its function, whoever else lets go of it", async () => {
  const before = await functionsLeft();
  const start = (i: number) =>
    jit((x: tf.Tensor2D) => tf.matMul(x, tf.matMul(x, x)).mul(i)).async(tf.ones([200, 200]));
  const rounds = 5, calls = 4;
  for (let round = 0; round < rounds; round++) {
    const running = Array.from({ length: calls }, (_, i) => start(i + 1));
    collectGarbage();
    for (const [i, y] of (await Promise.all(running)).entries()) {
      const sorted = (await y.data()).toSorted();
      deepStrictEqual([sorted[0], sorted[sorted.length - 1]], [40000 * (i + 1), 40000 * (i + 1)]);
      y.dispose();
    }
  }
  deepStrictEqual(await functionsLeft(), before);
});

Deno.test("constant: what follows needs no gradient, traced or not", async () => {
  const slope = (x: tf.Tensor) => {
    const loss = ({ x }: { x: tf.Tensor }) => {
      const { values } = tf.topk(constant(x), 1); // tfjs cannot differentiate it
      return { value: x.mul(values).sum() as tf.Scalar, aux: {} };
    };
    const { value, gradients } = valueAndGradients(loss, { x });
    return { value, slope: gradients.x };
  };
  for (const run of [slope, jit(slope)]) {
    const { value, slope } = run(tf.tensor1d([2, 3]));
    deepStrictEqual([...await value.data(), ...await slope.data()], [15, 3, 3]);
  }
});

Deno.test("stopGradient: the value passes, the gradient does not, traced or not", async () => {
  const slope = (x: tf.Scalar) => {
    const loss = ({ x }: { x: tf.Tensor }) => ({
      value: x.mul(stopGradient(x)) as tf.Scalar, // derivative x, not 2x
      aux: {},
    });
    const { value, gradients } = valueAndGradients(loss, { x });
    return { value, slope: gradients.x };
  };
  for (const run of [slope, jit(slope)]) {
    const { value, slope } = run(tf.scalar(3));
    deepStrictEqual([...await value.data(), ...await slope.data()], [9, 3]);
  }
});
