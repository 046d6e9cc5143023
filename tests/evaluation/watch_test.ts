import {
  deepStrictEqual,
  notDeepStrictEqual,
  ok,
  rejects,
  strictEqual,
  throws,
} from "node:assert/strict";
import { Problem } from "../../lib/base/problem.ts";
import { prng } from "../../lib/base/prng.ts";
import type { Dataset } from "../../lib/datasets/dataset.ts";
import { dispose, liveTensors, mapTree, tensors, tf } from "../../lib/engine/mod.ts";
import { extract } from "../../lib/evaluation/features.ts";
import { alignment, featureStd, uniformity } from "../../lib/evaluation/geometry.ts";
import { type Watched, watcher } from "../../lib/evaluation/watch.ts";
import { backbone as backboneOf, type BackboneConfig } from "../../lib/models/backbone.ts";
import type { Variables } from "../../lib/models/model.ts";
import { type EpochEnd, fit } from "../../lib/training/fit.ts";
import { plain, weak } from "../../lib/views/policy.ts";
import { toyDataset, toyPairs } from "../training/toy.ts";

const n = 64;
const backbone: BackboneConfig = {
  architecture: "resnet",
  block: "basic",
  blocks: [1, 1],
  width: 8,
  stem: "cifar",
};
const dataset = toyDataset(n);
const watched: Watched = {
  dataset,
  pairs: toyPairs(n, "semantic"),
  backbone,
  training: { views: plain(32) },
  seed: 1,
};
const model = backboneOf(backbone);
const end = (variables: Variables): EpochEnd => ({
  step: 9,
  epoch: 1,
  total: 20,
  backbone: variables,
});
const isProblem = (pattern: RegExp) => (error: Error) =>
  error instanceof Problem && pattern.test(error.message);

Deno.test("watch: of all anchors, the numbers that their features and their partners' have", async () => {
  const variables = model.init(prng(1));
  const seen = await watcher(watched)(end(variables));
  const features = await extract(model, variables, dataset, { size: 32 });
  const partners = await extract(model, variables, dataset, {
    size: 32,
    indices: watched.pairs.partners,
  });
  const near = (name: string, expected: number) =>
    ok(Math.abs(seen[name] / expected - 1) < 1e-4, `${name}: ${seen[name]}, not ${expected}`);
  deepStrictEqual(Object.keys(seen), ["kNN", "featureStd", "alignment", "uniformity"]);
  near("featureStd", featureStd(features));
  near("alignment", alignment(features, partners));
  near("uniformity", uniformity(features));
  const own = { ...watched, pairs: toyPairs(n, "augmented") };
  strictEqual((await watcher(own)(end(variables))).alignment, 0);
  // Views of one image are closer than those of two, and not the same.
  const seenAs = {
    views: {
      ...weak(32),
      crop: { scale: [0.8, 1] as [number, number], ratio: [1, 1] as [number, number] },
    },
  };
  const ours = await watcher({ ...own, training: seenAs })(end(variables));
  const theirs = await watcher({ ...watched, training: seenAs })(end(variables));
  ok(0 < ours.alignment && ours.alignment < theirs.alignment, `${ours.alignment}`);
  deepStrictEqual({ ...ours, alignment: 0 }, { ...seen, alignment: 0 }); // the others see no views
  dispose(variables);
});

Deno.test("watch: kNN is right where features show the classes, and chance where labels are noise", async () => {
  const variables = model.init(prng(1));
  const noise = prng("labels").shuffle(Array.from({ length: n }, (_, i) => i % 4));
  const mislabelled: Dataset = { ...dataset, label: (i) => noise[i] };
  const right = await watcher(watched)(end(variables));
  const wrong = await watcher({ ...watched, dataset: mislabelled })(end(variables));
  ok(right.kNN > 0.9, `${right.kNN}`);
  ok(wrong.kNN < 0.5, `${wrong.kNN}`);
  deepStrictEqual({ ...right, kNN: 0 }, { ...wrong, kNN: 0 }); // labels decide nothing else
  dispose(variables);
});

Deno.test("watch: a sample depends on the seed alone, and is the same at every epoch", async () => {
  const variables = model.init(prng(1));
  const few = { images: 12 };
  const observe = watcher(watched, few);
  const first = await observe(end(variables));
  deepStrictEqual(await observe(end(variables)), first);
  deepStrictEqual(await watcher(watched, few)(end(variables)), first);
  notDeepStrictEqual(await watcher({ ...watched, seed: 2 }, few)(end(variables)), first);
  notDeepStrictEqual(await watcher(watched)(end(variables)), first);
  dispose(variables);
});

Deno.test("watch: later epochs trace nothing anew and leave nothing over", async () => {
  const observe = watcher(watched);
  const [early, late] = [model.init(prng(1)), model.init(prng(2))];
  await observe(end(early));
  await observe(end(late)); // its weights are in the engine now
  const before = liveTensors();
  const { kernels } = await tf.profile(async () => {
    await observe(end(late));
    return [];
  });
  // A trace would run tfjs's kernels once; a function that is known runs in the engine.
  deepStrictEqual(kernels.map(({ name }) => name), []);
  deepStrictEqual(liveTensors(), before);
  ok(tensors(late.params).every((weight) => !weight.isDisposed));
  dispose(early, late);
});

Deno.test("watch: a run that is watched ends with the weights of one that is not", async () => {
  const run = {
    ...{ dataset, pairs: watched.pairs, backbone, seed: 1 },
    method: { name: "simclr", options: { hidden: 16, projection: 8 } },
    training: {
      epochs: 2,
      batchSize: 32,
      composition: "random" as const,
      parts: 1,
      optimizer: { name: "sgd" as const, learningRate: 0.1, momentum: 0.9, weightDecay: 1e-4 },
      warmupEpochs: 1,
      precision: "fp32" as const,
      views: weak(32),
    },
  };
  const logged: string[] = [];
  const log = ({ values }: { values: Record<string, number> }) => {
    logged.push(...Object.keys(values));
  };
  const plain = await fit(run);
  const seen = await fit(run, { observe: watcher(watched), log });
  strictEqual(logged.filter((name) => name === "featureStd").length, 2);
  const values = async ({ backbone }: typeof seen) =>
    await Promise.all(tensors(backbone.params).map(async (weight) => [...await weight.data()]));
  deepStrictEqual(await values(seen), await values(plain));
  dispose(plain.backbone, plain.heads, seen.backbone, seen.heads);
});

Deno.test("watch: features that are all alike, dead or no numbers stop the run with advice", async () => {
  const observe = watcher(watched);
  const variables = model.init(prng(1));
  const filled = (value: number): Variables => ({
    ...variables,
    params: mapTree((weight) => tf.fill(weight.shape, value), variables.params),
  });
  for (const value of [0, NaN]) {
    const broken = filled(value);
    const advice =
      /collapsed at step 10 of 20, epoch 2: .* (0|0\.0|NaN), .*lower the learning rate/;
    await rejects(observe(end(broken)), isProblem(advice));
    dispose(broken.params);
  }
  const alike: Dataset = { ...dataset, image: () => dataset.image(0) };
  await rejects(
    watcher({ ...watched, dataset: alike })(end(variables)),
    isProblem(/the features have collapsed/),
  );
  dispose(variables);
});

Deno.test("watch: no untrained network has collapsed, whatever its width and depth", async () => {
  const configs: BackboneConfig[] = [
    { ...backbone, width: 2 },
    { ...backbone, width: 32, zeroInitResidual: true },
    { ...backbone, block: "bottleneck", blocks: [3, 4, 6, 3], width: 4 },
    {
      ...{ architecture: "vit", imageSize: 32, patch: 8, width: 24, depth: 4, heads: 3 },
      positions: "sincos",
    },
  ];
  for (const config of configs) {
    const variables = backboneOf(config).init(prng(1));
    const seen = await watcher({ ...watched, backbone: config })(end(variables));
    ok(seen.featureStd > 0.02, `${JSON.stringify(config)}: ${seen.featureStd}`);
    dispose(variables);
  }
});

Deno.test("watch: fewer than four anchors are a Problem", () => {
  throws(
    () => watcher({ ...watched, pairs: toyPairs(3, "augmented") }),
    isProblem(/four anchors or more, but there are 3/),
  );
  throws(() => watcher(watched, { images: 2 }), isProblem(/and 2 are asked for/));
});
