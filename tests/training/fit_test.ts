import { deepStrictEqual, notDeepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { join } from "@std/path";
import { Problem } from "../../lib/base/problem.ts";
import { dispose, liveTensors, tensors, type Tree } from "../../lib/engine/mod.ts";
import { decodeCheckpoint } from "../../lib/training/checkpoint.ts";
import {
  type Fit,
  fit,
  type FitOptions,
  type Fitted,
  initialBackbone,
  type LogPoint,
} from "../../lib/training/fit.ts";
import { plain, weak } from "../../lib/views/policy.ts";
import { inFolder } from "../in_folder.ts";
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

Deno.test("fit lowers the loss, and keeps no tensor but its result", async () => {
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

Deno.test("a method without a loss gives the initial backbone, no heads and no curve", async () => {
  const before = liveTensors();
  const fitted = await fit({ ...run, method: { name: "random" } });
  const initial = initialBackbone(run.backbone, run.seed);
  deepStrictEqual(await values(fitted.backbone), await values(initial));
  deepStrictEqual(fitted.heads, { params: {}, stats: {} });
  deepStrictEqual([fitted.curve, fitted.stepsPerSecond], [[], 0]);
  dispose(fitted.backbone, fitted.heads, initial);
  deepStrictEqual(liveTensors(), before);
});

Deno.test("every step's loss and scheduled numbers are logged, and what is observed each epoch", async () => {
  const points: LogPoint[] = [];
  const seen: number[][] = [];
  const momentum: Fit = {
    ...epochs(2),
    method: { name: "moco_v2", options: { ...run.method.options, queue: 64 } },
  };
  const { curve } = await trained(momentum, {
    log: (point) => void points.push(point),
    observe: async ({ step, epoch, total, backbone }) => {
      seen.push([step, epoch, total]);
      return { first: (await values(backbone.params))[0][0] };
    },
  });
  deepStrictEqual(seen, [[1, 0, 4], [3, 1, 4]]);
  deepStrictEqual(points.map(({ step }) => step), [0, 1, 1, 2, 3, 3]);
  const [first, , observed] = points;
  deepStrictEqual(Object.keys(first.values).sort(), [
    "learningRate",
    "loss",
    "sameClassNegatives",
    "spread",
    "tau",
  ]);
  const { step, ...told } = curve[0];
  deepStrictEqual(first, { step, values: { ...told, tau: 0.99 } });
  deepStrictEqual(Object.keys(observed.values), ["first"]);
  notDeepStrictEqual(observed.values, points[5].values); // it is the backbone of that moment
});

Deno.test("checkpoints are written every so many minutes and at the end", () =>
  inFolder(async (directory) => {
    let time = 0;
    const newest: number[] = [];
    const log = async () => {
      newest.push((await stepsIn(directory)).at(-1) ?? 0);
      time += 20_000;
    };
    await trained(epochs(4), {
      log,
      checkpoints: { directory, everyMinutes: 1, now: () => time },
    });
    deepStrictEqual(newest, [0, 0, 0, 3, 3, 3, 6, 6]);
    deepStrictEqual(await stepsIn(directory), [6, 8]);
  }));

Deno.test("a finished run is given back at once, without training", () =>
  inFolder(async (directory) => {
    const checkpoints = { directory, everyMinutes: 60 };
    const first = await trained(epochs(2), { checkpoints });
    const before = liveTensors();
    const again = await trained(epochs(2), { checkpoints, log: () => fail("it trains") });
    deepStrictEqual(again, first);
    deepStrictEqual(liveTensors(), before);
  }));

Deno.test("an aborted run writes a checkpoint and goes on from it, telling nothing twice", () =>
  inFolder(async (directory) => {
    const checkpoints = { directory, everyMinutes: 60 };
    const logged: number[] = [];
    const stop = new AbortController();
    const log = ({ step }: LogPoint) => {
      logged.push(step);
      if (step === 4) stop.abort(new Error("preempted"));
    };
    const before = liveTensors();
    await rejects(fit(run, { checkpoints, log, signal: stop.signal }), /preempted/);
    deepStrictEqual(liveTensors(), before);
    deepStrictEqual(await stepsIn(directory), [5]);
    const resumed = await trained(run, { checkpoints, log });
    deepStrictEqual(logged, Array.from({ length: 12 }, (_, i) => i));
    const { stepsPerSecond: _, ...result } = await trained(run);
    deepStrictEqual({ ...resumed, stepsPerSecond: undefined }, {
      ...result,
      stepsPerSecond: undefined,
    });
  }));

Deno.test("a run whose observer throws stops, and keeps the last good checkpoint alone", () =>
  inFolder(async (directory) => {
    const before = liveTensors();
    const observe = ({ epoch }: { epoch: number }) =>
      epoch < 2 ? Promise.resolve({}) : Promise.reject(new Problem("collapsed"));
    const checkpoints = { directory, everyMinutes: 0 };
    await rejects(fit(run, { checkpoints, observe }), /collapsed/);
    deepStrictEqual(await stepsIn(directory), [4, 5]); // the third epoch ends with step 6
    deepStrictEqual(liveTensors(), before);
  }));

Deno.test("embeddings that all point one way stop the run, and leave no checkpoint of it", () =>
  inFolder(async (directory) => {
    const before = liveTensors();
    const alike = { ...run, dataset: { ...run.dataset, image: () => run.dataset.image(0) } };
    const collapsing = { ...alike, training: { ...run.training, views: plain(32) } };
    const collapsed = (step: number) => (error: Error) =>
      error instanceof Problem && error.message.startsWith(
        `simclr: the embeddings have collapsed at step ${step} of 12: their spread is `,
      );
    await rejects(fit(collapsing), collapsed(2)); // the end of the epoch
    await rejects(
      fit(collapsing, { checkpoints: { directory, everyMinutes: 0 } }),
      collapsed(1), // before there is a checkpoint
    );
    deepStrictEqual(await stepsIn(directory), []);
    deepStrictEqual(liveTensors(), before);
  }));

Deno.test("a state that is not finite is never written, not even when the run is stopped", () =>
  inFolder(async (directory) => {
    const before = liveTensors();
    const notFinite = (error: Error) =>
      error instanceof Problem &&
      /^simclr: \S+ is no longer finite after step 1 of 12: lower/.test(error.message);
    const checkpoints = { directory, everyMinutes: 0 };
    // Beyond the largest float32: the first loss is finite, the weights after its step are not.
    const broken = withRate(1e39);
    await rejects(fit(broken, { checkpoints }), notFinite);
    const signal = AbortSignal.abort(new Error("preempted"));
    await rejects(fit(broken, { checkpoints, signal }), notFinite);
    deepStrictEqual(await stepsIn(directory), []);
    deepStrictEqual(liveTensors(), before);
  }));

Deno.test("weights that leave all bounds in the last step are no result, checkpoints or not", async () => {
  const before = liveTensors();
  const single = { ...run, training: { ...run.training, batchSize: n, epochs: 1 } };
  await rejects(fit(withRate(1e39, single)), /is no longer finite after step 1 of 1: lower/);
  deepStrictEqual(liveTensors(), before);
});

Deno.test("epochs that are not whole, and crops without use, are a Problem", async () => {
  await rejects(fit(epochs(1.5)), /^Problem: 1.5 epochs: choose a whole number/);
  const crops = { perImage: 1, views: weak(16) };
  await rejects(
    fit({ ...run, training: { ...run.training, crops } }),
    /^Problem: simclr has no use for crops: leave them out, or choose swav or dino$/,
  );
});

Deno.test("what was logged is written out before a checkpoint is", () =>
  inFolder(async (directory) => {
    const told: string[] = [];
    const log = ({ step }: LogPoint) => void told.push(`step ${step}`);
    const flush = async () => void told.push(`flush, ${(await stepsIn(directory)).length} files`);
    await trained(epochs(1), { checkpoints: { directory, everyMinutes: 0 }, log, flush });
    deepStrictEqual(told, ["step 0", "flush, 0 files", "step 1", "flush, 1 files"]);
  }));

Deno.test("another run's checkpoints are refused before anything is trained", () =>
  inFolder(async (directory) => {
    const checkpoints = { directory, everyMinutes: 60 };
    await trained(epochs(1), { checkpoints });
    const before = liveTensors();
    const options = { checkpoints, log: () => fail("it trains") };
    await rejects(fit({ ...epochs(1), seed: 2 }, options), /prng\.seed is 2 here, 1 in the check/);
    deepStrictEqual(liveTensors(), before);
    deepStrictEqual(await stepsIn(directory), [2]);
  }));

/** What a run gives, as numbers. */
async function trained(of: Fit, options?: FitOptions) {
  const { backbone, heads, ...rest }: Fitted = await fit(of, options);
  const numbers = { backbone: await values(backbone), heads: await values(heads) };
  dispose(backbone, heads);
  return { ...rest, ...numbers };
}

/** The steps of the checkpoints in a folder, each of which is whole. */
async function stepsIn(directory: string): Promise<number[]> {
  const steps: number[] = [];
  for await (const { name } of Deno.readDir(directory)) {
    steps.push(decodeCheckpoint(await Deno.readFile(join(directory, name)), name).step);
  }
  return steps.sort((a, b) => a - b);
}

function fail(message: string): never {
  throw new Error(message);
}
