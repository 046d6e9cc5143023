import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { dispose, leaves, mapTree, tensors, tf, withTensors } from "../../lib/engine/mod.ts";

const tree = { b: [tf.scalar(1), { c: tf.scalar(2) }], a: tf.scalar(3), empty: {} };

Deno.test("leaves come in one order, with their paths", () => {
  deepStrictEqual(leaves(tree, "x").map(([path]) => path), ["x.a", "x.b[0]", "x.b[1].c"]);
});

Deno.test("withTensors puts replacements where leaves were", () => {
  const rebuilt = withTensors(tree, tensors(tree).toReversed());
  strictEqual(rebuilt.a, (tree.b[1] as { c: tf.Tensor }).c);
  deepStrictEqual(Object.keys(rebuilt.empty), []);
});

Deno.test("mapTree combines corresponding leaves", async () => {
  const sum = mapTree((x, y) => x.add(y), tree, tree);
  deepStrictEqual(Array.from(await sum.a.data()), [6]);
});

Deno.test("mapTree names where structures differ", () => {
  throws(() => mapTree((x) => x, { a: tf.scalar(1) }, { b: tf.scalar(1) }), /differ.*\.a/);
  throws(() => mapTree((x) => x, { a: tf.scalar(1) }, { a: tf.scalar(1), b: tf.scalar(1) }), /\.b/);
});

Deno.test("dispose frees every leaf", () => {
  const own = { a: tf.scalar(1), b: [tf.scalar(2)] };
  dispose(own);
  strictEqual(tensors(own).every((tensor) => tensor.isDisposed), true);
});
