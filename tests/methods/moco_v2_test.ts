import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { Problem } from "../../lib/base/problem.ts";
import { prng } from "../../lib/base/prng.ts";
import { alone, tf } from "../../lib/engine/mod.ts";
import { mocoV2 } from "../../lib/methods/moco_v2.ts";
import type { Network } from "../../lib/methods/network.ts";
import { l2Normalize } from "../../lib/methods/normalize.ts";
import { close, tensor } from "../vectors/inputs.ts";
import reference from "../vectors/contrastive.json" with { type: "json" };
import { checkTraining, threeSteps } from "../training/reference_steps.ts";

const options = { ...mocoV2.defaults, hidden: 8, projection: 5, queue: 32 };
const at = () => ({ tau: 0.9 });
const firstMemory = () => ({
  queue: l2Normalize(tensor("queue", [32, 5])),
  labels: tf.fill([32], -1, "int32"),
});

Deno.test("three steps of mocoV2 equal lightly's: losses, weights, averages, queue, labels", () =>
  checkTraining(mocoV2, { options, at, memory: firstMemory() }, reference.training.moco_v2));

Deno.test("three steps of mocoV2 without negatives of the anchor's class equal torch's", async () => {
  const excluding = { ...options, excludeSameClass: true };
  const { losses } = await threeSteps(mocoV2, { options: excluding, at, memory: firstMemory() });
  close(losses, reference.training_excluded.moco_v2, 1e-4, "losses");
});

Deno.test("mocoV2 starts from a queue of unit vectors of no class", async () => {
  const sizes = { features: 6, classes: 4 };
  const memory = mocoV2.memory!(prng(1), sizes, options) as ReturnType<typeof firstMemory>;
  close(await memory.queue.norm(2, 1).data(), Array(32).fill(1), 1e-6, "lengths");
  deepStrictEqual([...await memory.labels.data()], Array(32).fill(-1));
  strictEqual(memory.labels.dtype, "int32");
});

/** Features are the images' own pixels, and heads pass them on. */
const passing: Network = {
  backbone: (images) => images.reshape([images.shape[0], -1]),
  head: (_, x) => x,
};

function lossOf(labels: number[], queueLabels: number[]) {
  const image = (name: string) => tensor<tf.Tensor4D>(name, [labels.length, 1, 1, 3]);
  return mocoV2.loss!({
    online: passing,
    momentum: passing,
    replicas: alone,
    views: {
      anchor: image("anchor"),
      partner: image("partner"),
      crops: [],
      labels: tf.tensor1d(labels, "int32"),
    },
    memory: {
      queue: l2Normalize(tensor("queue", [queueLabels.length, 3])),
      labels: tf.tensor1d(queueLabels, "int32"),
    },
    at: {},
  }, options);
}

Deno.test("mocoV2 counts the queue's keys of the anchors' classes, before the batch enters", async () => {
  const { sameClassNegatives, memory } = lossOf([0, 1], [0, 0, 1, -1, 2]);
  close(await sameClassNegatives!.data(), [(2 + 1) / (2 * 5)], 1e-6, "share");
  const { labels } = memory as { labels: tf.Tensor };
  deepStrictEqual([...await labels.data()], [0, 1, 0, 0, 1]);
});

Deno.test("mocoV2 takes a batch that fills its queue, and refuses a larger one", async () => {
  const [value] = await lossOf([0, 1], [2, 2]).value.data();
  ok(Number.isFinite(value));
  await rejects(
    // deno-lint-ignore require-await
    async () => lossOf([0, 1, 2], [0, 0]),
    (error: Error) =>
      error instanceof Problem && /MoCo v2.*3 pairs.*queue of 2.*raise queue/.test(error.message),
  );
});
