import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { prng } from "../../lib/base/prng.ts";
import type { Dataset } from "../../lib/datasets/dataset.ts";
import { dispose, liveTensors, tensors, tf, type Tree } from "../../lib/engine/mod.ts";
import { linear } from "../../lib/models/layers.ts";
import type { Model } from "../../lib/models/model.ts";
import type { ResNetConfig } from "../../lib/models/resnet.ts";
import { classifier, trainClassifier } from "../../lib/training/classifier.ts";
import { plain, weak } from "../../lib/views/policy.ts";
import { makeViews } from "../../lib/views/views.ts";
import { close } from "../vectors/inputs.ts";
import { toyDataset } from "./toy.ts";

const config: ResNetConfig = {
  architecture: "resnet",
  block: "basic",
  blocks: [1],
  width: 4,
  stem: "strided",
};
const training = {
  ...{ steps: 4, batchSize: 32, learningRate: 0.1, weightDecay: 1e-3 },
  ...{ precision: "fp32" as const, views: weak(32) },
};
const options = { random: prng(1) };

/** The mean of each colour, and a linear layer. */
const head = linear(3, 4, { bias: true });
const colours: Model = {
  features: 4,
  init: head.init,
  apply: (variables, x, mode) => {
    const { y, stats } = head.apply(variables, x.mean([1, 2]), mode);
    return { y: y as tf.Tensor2D, stats };
  },
};

Deno.test("a classifier's training equals the loop in plain numbers", async () => {
  const dataset = toyDataset(8), n = 8, steps = 5;
  const start = colours.init(prng(3));
  const [bias, weights] = await Promise.all(tensors(start.params).map((x) => x.data()));
  const views = await makeViews(plain(32))(dataset, [...Array(n).keys()], prng(1));
  const x = await tf.tidy(() => views.mean([1, 2])).data();
  const w = Float64Array.from([...weights, ...bias]), velocity = new Float64Array(w.length);
  const expected: number[] = [];
  for (let step = 0; step < steps; step++) {
    const gradient = w.map((v, at) => at < weights.length ? 0.05 * v : 0);
    let loss = 0;
    for (let i = 0; i < n; i++) {
      const logit = (c: number) =>
        [0, 1, 2].reduce((sum, k) => sum + x[3 * i + k] * w[4 * k + c], w[12 + c]);
      const exps = [0, 1, 2, 3].map((c) => Math.exp(logit(c)));
      const total = exps.reduce((a, b) => a + b);
      loss -= Math.log(exps[i % 4] / total) / n;
      for (let c = 0; c < 4; c++) {
        const error = (exps[c] / total - (c === i % 4 ? 1 : 0)) / n;
        for (let k = 0; k < 3; k++) gradient[4 * k + c] += error * x[3 * i + k];
        gradient[12 + c] += error;
      }
    }
    expected.push(loss);
    const rate = 0.4 * (1 + Math.cos(Math.PI * step / steps)) / 2;
    w.forEach((_, at) => {
      velocity[at] = 0.9 * velocity[at] + gradient[at];
      w[at] -= rate * (gradient[at] + 0.9 * velocity[at]);
    });
  }
  const how = { ...training, views: plain(32), steps, batchSize: n };
  const { variables, losses } = await trainClassifier(
    ...[colours, start, dataset] as const,
    { ...how, learningRate: 0.4, weightDecay: 0.05 },
    options,
  );
  close(losses, expected, 1e-5, "losses");
  const [newBias, newWeights] = await Promise.all(tensors(variables.params).map((x) => x.data()));
  close([...newWeights, ...newBias], [...w], 1e-5, "weights");
  dispose(start, variables, views);
});

Deno.test("a classifier's training leaves its start as it is, and no tensor behind", async () => {
  const network = classifier(config, 4), dataset = toyDataset(40);
  const start = network.init(prng(1));
  const values = await read(start);
  const first = await trainClassifier(network, start, dataset, training, options);
  dispose(first.variables);
  const before = liveTensors();
  const { variables, losses } = await trainClassifier(network, start, dataset, training, options);
  deepStrictEqual(losses, first.losses, "the same draws");
  strictEqual(losses.length, 4);
  ok(losses.every((loss) => loss > 0));
  dispose(variables);
  deepStrictEqual(liveTensors(), before);
  deepStrictEqual(await read(start), values);
  dispose(start);
});

Deno.test("a classifier's running statistics follow the batches", async () => {
  const network = classifier(config, 4);
  const start = network.init(prng(1));
  const { variables } = await trainClassifier(network, start, toyDataset(40), training, options);
  const [before, after] = [await read(start.stats), await read(variables.stats)];
  ok(before.length > 0);
  before.forEach((values, i) => ok(values.some((v, at) => Math.abs(v - after[i][at]) > 1e-3)));
  dispose(start, variables);
});

Deno.test("a classifier sees images in epochs, in one order whatever its weights", async () => {
  const visited = async (n: number, seed: number) => {
    const seen: number[] = [];
    const toy = toyDataset(n);
    const dataset: Dataset = { ...toy, image: (i) => (seen.push(i), toy.image(i)) };
    const start = colours.init(prng(seed));
    const { variables } = await trainClassifier(colours, start, dataset, training, options);
    dispose(start, variables);
    return seen;
  };
  const seen = await visited(40, 1); // 4 x 32 images: 3 epochs and 8 images
  strictEqual(seen.length, 128);
  for (const epoch of [0, 1, 2]) {
    strictEqual(new Set(seen.slice(40 * epoch, 40 * (epoch + 1))).size, 40);
  }
  ok(seen.slice(0, 40).join() !== seen.slice(40, 80).join(), "another order in each");
  deepStrictEqual(await visited(40, 2), seen);
  const few = await visited(6, 1); // a batch holds each of 6 images five times or more
  const counts = [0, 1, 2, 3, 4, 5].map((i) =>
    few.slice(0, 32).filter((seen) => seen === i).length
  );
  ok(Math.min(...counts) === 5 && Math.max(...counts) === 6, `${counts}`);
});

Deno.test("a classifier's training ends with the first loss that is not finite", async () => {
  const start = inEngine(colours.init(prng(1)));
  const before = liveTensors();
  const { variables, losses } = await trainClassifier(
    ...[colours, start, toyDataset(40)] as const,
    { ...training, learningRate: 1e38, steps: 9 },
    options,
  );
  ok(losses.length > 1 && losses.length < 9, `${losses}`);
  deepStrictEqual(losses.map(Number.isFinite).indexOf(false), losses.length - 1);
  dispose(variables);
  deepStrictEqual(liveTensors(), before);
  dispose(start);
});

Deno.test("a classifier's training can be stopped, and leaves nothing behind", async () => {
  const start = inEngine(colours.init(prng(1)));
  const before = liveTensors();
  const stop = new AbortController();
  const progress = (done: number) => done === 2 && stop.abort(new Error("enough"));
  const { signal } = stop;
  await rejects(
    trainClassifier(colours, start, toyDataset(40), training, { ...options, progress, signal }),
    /enough/,
  );
  deepStrictEqual(liveTensors(), before);
  const unreadable: Dataset = {
    ...toyDataset(40),
    image: () => {
      throw new Error("damaged");
    },
  };
  await rejects(trainClassifier(colours, start, unreadable, training, options), /damaged/);
  deepStrictEqual(liveTensors(), before);
  dispose(start);
});

/** The same once the engine holds them, which it does from their first use. */
function inEngine<T extends Tree>(tree: T): T {
  tf.tidy(() => tensors(tree).forEach((x) => x.add(0)));
  return tree;
}

function read(tree: Tree): Promise<Float32Array[]> {
  return Promise.all(tensors(tree).map((x) => x.data<"float32">()));
}
