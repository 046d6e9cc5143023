import { deepStrictEqual, notDeepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { Problem } from "../../lib/base/problem.ts";
import { dispose, liveTensors, tensors, type Tree } from "../../lib/engine/mod.ts";
import { type Fit, fit, initialBackbone } from "../../lib/training/fit.ts";
import { weak } from "../../lib/views/policy.ts";
import { toyDataset, toyPairs } from "./toy.ts";

const n = 64;
const run: Fit = {
  dataset: toyDataset(n),
  pairs: toyPairs(n, "augmented"),
  backbone: { architecture: "resnet", block: "basic", blocks: [1, 1], width: 8, stem: "cifar" },
  method: { name: "simclr", options: { hidden: 16, projection: 8 } },
  training: {
    epochs: 6,
    batchSize: 32,
    composition: "random",
    parts: 1,
    optimizer: { name: "sgd", learningRate: 0.1, momentum: 0.9, weightDecay: 1e-4 },
    warmupEpochs: 1,
    precision: "fp32",
    views: weak(32),
  },
  seed: 1,
};
const semantic: Fit = { ...run, pairs: toyPairs(n, "semantic") };

const withRate = (learningRate: number, of = run): Fit => {
  const optimizer = { ...of.training.optimizer, learningRate };
  return { ...of, training: { ...of.training, optimizer } };
};
const epochs = (k: number, of = run): Fit => ({ ...of, training: { ...of.training, epochs: k } });

async function values(tree: Tree): Promise<number[][]> {
  return await Promise.all(tensors(tree).map(async (tensor) => [...await tensor.data()]));
}

Deno.test("fit lowers the loss of every method, and keeps no tensor but its result", async () => {
  for (const name of ["simclr", "barlow_twins"]) {
    const before = liveTensors();
    const { curve, backbone, heads, stepsPerSecond } = await fit({
      ...run,
      method: { ...run.method, name },
    });
    strictEqual(curve.length, 12);
    const mean = (part: typeof curve) => part.reduce((sum, { loss }) => sum + loss, 0) / 4;
    ok(mean(curve.slice(-4)) < mean(curve.slice(0, 4)), `${name} ${JSON.stringify(curve)}`);
    ok(stepsPerSecond > 0);
    strictEqual(
      liveTensors().tensors - before.tensors,
      tensors([backbone.params, backbone.stats, heads.params, heads.stats]).length,
    );
    dispose(backbone, heads);
    deepStrictEqual(liveTensors(), before);
  }
});

Deno.test("fit gives the same weights for the same seed, others for another", async () => {
  const trained = async (seed: number) => {
    const { backbone, heads } = await fit({ ...epochs(2), seed });
    const weights = await values(backbone.params);
    dispose(backbone, heads);
    return weights;
  };
  const first = await trained(1);
  deepStrictEqual(await trained(1), first);
  notDeepStrictEqual(await trained(2), first);
});

Deno.test("both arms start from the same weights and see the same anchors", async () => {
  // At a rate of 0 the weights stay as they were.
  const still = (of: Fit) => epochs(1, withRate(0, of));
  const arms = [await fit(still(run)), await fit(still(semantic))];
  const initial = initialBackbone(run.backbone, run.seed);
  for (const { backbone } of arms) {
    deepStrictEqual(await values(backbone.params), await values(initial.params));
  }
  ok(arms[0].curve[0].loss !== arms[1].curve[0].loss, "the partners differ");
  // With the anchors as partners, views are all that is left; they do not depend on the list's kind.
  const again = await fit(still({ ...run, pairs: { ...run.pairs, kind: "semantic" } }));
  deepStrictEqual(again.curve, arms[0].curve);
  for (const { backbone, heads } of [...arms, again]) dispose(backbone, heads);
  dispose(initial);
});

Deno.test("an aborted fit stops with the signal's reason and frees everything", async () => {
  const before = liveTensors();
  const stop = new AbortController();
  let seen = 0;
  const progress = (done: number) => {
    seen = done;
    if (done === 3) stop.abort(new Error("enough"));
  };
  await rejects(fit(run, { progress, signal: stop.signal }), /enough/);
  strictEqual(seen, 3);
  deepStrictEqual(liveTensors(), before);
});

Deno.test("a loss that is not finite is a Problem with step, method and rate", async () => {
  const before = liveTensors();
  await rejects(
    fit(withRate(1e30)),
    (error: Error) =>
      error instanceof Problem && /^simclr: the loss is NaN at step \d+ of 12, .*rate 1\.00e\+30/
        .test(error.message),
  );
  deepStrictEqual(liveTensors(), before);
});

Deno.test("pairs of another data set are a Problem", async () => {
  await rejects(
    fit({ ...run, pairs: { ...run.pairs, dataset: "another" } }),
    (error: Error) => error instanceof Problem && /another/.test(error.message),
  );
});

Deno.test("fit leaves the event loop free", async () => {
  let ticks = 0;
  const timer = setInterval(() => ticks++, 1);
  const { backbone, heads } = await fit(epochs(2));
  clearInterval(timer);
  dispose(backbone, heads);
  ok(ticks > 0);
});
