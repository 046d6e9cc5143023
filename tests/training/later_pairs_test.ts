import { deepStrictEqual, ok, rejects } from "node:assert/strict";
import { dispose, liveTensors, tensors, type Tree } from "../../lib/engine/mod.ts";
import type { PairList } from "../../lib/pairs/pair_list.ts";
import { type Fit, fit, type FitOptions } from "../../lib/training/fit.ts";
import { identityOf } from "../../lib/training/run.ts";
import { weak } from "../../lib/views/policy.ts";
import { inFolder } from "../in_folder.ts";
import { toyDataset, toyPairs } from "./toy.ts";

const n = 64;
const [augmented, semantic] = [toyPairs(n, "augmented"), toyPairs(n, "semantic")];
const run: Fit = {
  dataset: toyDataset(n),
  pairs: augmented,
  backbone: { architecture: "resnet", block: "basic", blocks: [1, 1], width: 8, stem: "cifar" },
  method: { name: "simclr", options: { hidden: 16, projection: 8 } },
  training: {
    ...{ epochs: 4, batchSize: 32, composition: "random", parts: 1 },
    optimizer: { name: "sgd", learningRate: 0.1, momentum: 0.9, weightDecay: 1e-4 },
    ...{ warmupEpochs: 1, precision: "fp32", views: weak(32) },
  },
  seed: 1,
};

/** The same run with other pairs from epoch 2 on, and who asked for them. */
function withLater(list: PairList) {
  const asked: [epoch: number, withBackbone: boolean][] = [];
  const later: Fit["later"] = {
    ...{ from: [2], recipe: "by hand" },
    pairs: (epoch, backbone) => {
      asked.push([epoch, backbone !== undefined]);
      return Promise.resolve(list);
    },
  };
  return { run: { ...run, later }, asked };
}

async function values(tree: Tree): Promise<number[][]> {
  return await Promise.all(tensors(tree).map(async (tensor) => [...await tensor.data()]));
}

async function trained(run: Fit, options?: FitOptions) {
  const { backbone, heads, curve } = await fit(run, options);
  const weights = await values([backbone.params, backbone.stats, heads.params]);
  dispose(backbone, heads);
  return { weights, losses: curve.map(({ loss }) => loss) };
}

Deno.test("later pairs: the same ones change nothing, others from their epoch on", async () => {
  const before = liveTensors();
  const plain = await trained(run);
  const same = withLater(augmented);
  deepStrictEqual(await trained(same.run), plain);
  deepStrictEqual(same.asked, [[2, true]]);
  const { losses } = await trained(withLater(semantic).run);
  deepStrictEqual(losses.slice(0, 4), plain.losses.slice(0, 4)); // two epochs of two steps
  ok(losses[4] !== plain.losses[4]);
  deepStrictEqual(liveTensors(), before);
});

Deno.test("later pairs: a run that was stopped in either stage ends with the same bits", async () => {
  const whole = await trained(withLater(semantic).run);
  for (const [step, asked] of [[3, [[2, true]]], [4, [[2, true]]], [5, [[2, false]]]] as const) {
    await inFolder(async (directory) => {
      const stop = new AbortController(), first = withLater(semantic);
      const checkpoints = { directory, everyMinutes: 60 };
      const progress = (done: number) => {
        if (done === step) stop.abort(new Error("stopped"));
      };
      await rejects(fit(first.run, { checkpoints, progress, signal: stop.signal }), /stopped/);
      const second = withLater(semantic);
      deepStrictEqual(await trained(second.run, { checkpoints }), whole);
      deepStrictEqual(second.asked, asked);
    });
  }
});

Deno.test("later pairs: they are part of what a run is known by, and have its anchors", async () => {
  deepStrictEqual(identityOf(withLater(semantic).run).later, { from: [2], recipe: "by hand" });
  deepStrictEqual(Object.hasOwn(identityOf(run), "later"), false);
  const before = liveTensors();
  const others = { ...semantic, anchors: semantic.anchors.toReversed() };
  await rejects(fit(withLater(others).run), {
    message: /must have the anchors of the run's first/,
  });
  deepStrictEqual(liveTensors(), before);
});

Deno.test("both kinds at once: the first loss is the mean of the two arms' own", async () => {
  const still = { ...run.training, epochs: 1, warmupEpochs: 0 };
  const one = (pairs: PairList) => trained({ ...run, pairs, training: still });
  const [alone, other, both] = [
    ...[await one(augmented), await one(semantic), await one({ ...semantic, kind: "both" })],
  ];
  // The loss of a batch does not depend on what was learned before the first step.
  const mean = (alone.losses[0] + other.losses[0]) / 2;
  ok(Math.abs(both.losses[0] - mean) < 1e-5, `${both.losses[0]}, ${mean}`);
  ok(Math.abs(alone.losses[0] - other.losses[0]) > 1e-3);
});
