import { deepStrictEqual, notDeepStrictEqual } from "node:assert/strict";
import { prng } from "../../lib/base/prng.ts";
import { tf } from "../../lib/engine/mod.ts";
import { enqueue, randomQueue } from "../../lib/methods/queue.ts";
import { close } from "../vectors/inputs.ts";

Deno.test("enqueue puts the newest in front and drops the oldest, as a list would", async () => {
  let queue = tf.tensor1d([-1, -1, -1, -1, -1], "int32");
  let list = [-1, -1, -1, -1, -1];
  for (const batch of [[1, 2], [3, 4], [5, 6], [7, 8, 9, 10, 11]]) {
    queue = enqueue(queue, tf.tensor1d(batch, "int32"));
    list = [...batch, ...list].slice(0, 5);
    deepStrictEqual([...await queue.data()], list);
  }
});

Deno.test("enqueue keeps rows together", async () => {
  const queue = tf.tensor2d([[1, 2], [3, 4], [5, 6]]);
  deepStrictEqual(await enqueue(queue, tf.tensor2d([[7, 8]])).array(), [[7, 8], [1, 2], [3, 4]]);
});

Deno.test("randomQueue holds unit vectors of even directions that depend on the seed", async () => {
  const [size, width] = [500, 3];
  const queue = randomQueue(prng(1), size, width);
  close(await queue.norm(2, 1).data(), Array(size).fill(1), 1e-6, "lengths");
  // The mean of 500 even directions is short: its components deviate by 1 / sqrt(3 · 500) = .026.
  for (const component of await queue.mean(0).data()) close([1 + component], [1], 0.1, "mean");
  const [again, other] = [1, 2].map((seed) => randomQueue(prng(seed), size, width));
  deepStrictEqual(await again.data(), await queue.data());
  notDeepStrictEqual(await other.data(), await queue.data());
});
