/** Workers that share batches, in processes of their own, against one that has whole batches. */
import { deepStrictEqual, match, ok, rejects, strictEqual, throws } from "node:assert/strict";
import { join } from "@std/path";
import type { SafeTensor } from "../../lib/base/safetensors.ts";
import { keyOf } from "../../lib/base/hash.ts";
import { methods } from "../../lib/methods/index.ts";
import type { Checkpoint } from "../../lib/training/checkpoint.ts";
import { fit } from "../../lib/training/fit.ts";
import { checkShares } from "../../lib/training/team.ts";
import { weak } from "../../lib/views/policy.ts";
import { inFolder } from "../in_folder.ts";
import { requestedRun } from "./cluster_child.ts";
import { type Asked, reached, startWorker, startWorkers, type Worker } from "./cluster_workers.ts";
import { lastIn, train } from "./kept.ts";

/** What workers said in the end. */
async function ended(workers: Worker[]) {
  return await Promise.all(workers.map(async ({ process }) => {
    const { code, stdout, stderr } = await process.output();
    const [told, errors] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    const lines = told.trim().split("\n");
    return { code, hashes: lines.filter((line) => !line.startsWith("step")), errors };
  }));
}

/** The last checkpoint of a run that one worker, this process, does alone. */
function alone(asked: Asked, method: string): Promise<Checkpoint> {
  const run = requestedRun({ ...asked, workers: { addresses: [], rank: 0 } }, method);
  return inFolder((directory) => train(run, directory));
}

/**
 * Asserts that two states and curves are equal to 1e-5 of their largest numbers. What the optimizer
 * remembers, gradients, shows in the weights: where rounding decides on which side of a ReLU's kink a
 * pixel lies, its own differences are larger.
 */
function checkAlike(a: Checkpoint, b: Checkpoint, what: string): void {
  deepStrictEqual(Object.keys(a.state), Object.keys(b.state));
  for (const [path, { data }] of Object.entries(a.state)) {
    if (path.startsWith("optimizer")) continue;
    checkNumbers(data, b.state[path].data, `${what}: ${path}`);
  }
  checkNumbers(a.curve.loss, b.curve.loss, `${what}: losses`);
  checkNumbers(a.curve.spread, b.curve.spread, `${what}: spread`);
  deepStrictEqual(a.curve.sameClassNegatives, b.curve.sameClassNegatives);
}

function checkNumbers(x: SafeTensor["data"], y: SafeTensor["data"], what: string) {
  const numbers = Array.from(x, Number), others = Array.from(y, Number);
  strictEqual(numbers.length, others.length, what);
  const largest = numbers.reduce((max, number) => Math.max(max, Math.abs(number)), 1);
  const difference = numbers.reduce((max, a, i) => Math.max(max, Math.abs(a - others[i])), 0);
  ok(difference <= 1e-5 * largest, `${what} differ by ${difference} of ${largest}`); // nor NaN
}

const trained = Object.values(methods).filter(({ loss }) => loss).map(({ name }) => name);

/**
 * Small maps and a small rate: in gradients, sums over thousands of pixels in which much cancels,
 * rounding alone makes a difference of 1e-4, also between two ways in which one worker can compute
 * them, and steps enlarge it. They move weights by 1e-2, so that 1e-5 is still one in a thousand of that.
 */
const calm = {
  views: weak(8),
  optimizer: { name: "sgd", learningRate: 0.002, momentum: 0.9, weightDecay: 1e-4 },
} as const;

/** The queue of MoCo is filled, and that of SwAV used, within five steps. */
const eventful: Asked["options"] = {
  moco_v2: { queue: 32 },
  nnclr: { queue: 32 },
  swav: { queue: 32, queueStart: 0, frozenEpochs: 0 },
  simclr: { excludeSameClass: true },
};

for (const count of [2, 4]) {
  Deno.test(`five steps of every method by ${count} workers are those of one, and all end alike`, () =>
    inFolder(async (directory) => {
      const asked = { directory, methods: trained, training: calm, options: eventful };
      const results = await ended(startWorkers(count, asked));
      for (const { code, errors } of results) strictEqual(code, 0, errors);
      for (const { hashes } of results) deepStrictEqual(hashes, results[0].hashes);
      strictEqual(results[0].hashes.length, trained.length);
      for (const method of trained) {
        const one = await alone(asked, method);
        checkAlike(one, await lastIn(join(directory, method)), method);
        ok(one.curve.loss[4] !== one.curve.loss[0], `${method} learns`);
      }
    }));
}

Deno.test("crops, parts and recomputed blocks are shared like whole batches of full views", () =>
  inFolder(async (directory) => {
    const crops = { perImage: 1, views: weak(8) };
    for (
      const training of [{ ...calm, crops }, { ...calm, parts: 2 }, { ...calm, recompute: true }]
    ) {
      const asked = { directory: join(directory, keyOf(training)), methods: ["swav"], training };
      const results = await ended(startWorkers(2, asked));
      for (const { code, errors } of results) strictEqual(code, 0, errors);
      const one = await alone(asked, "swav");
      checkAlike(one, await lastIn(join(asked.directory, "swav")), JSON.stringify(training));
    }
  }));

Deno.test("workers hold the same bits after 200 steps, also where each has its own batch norm", () =>
  inFolder(async (directory) => {
    const asked = { methods: ["moco_v2"], epochs: 40 };
    const own = { sharing: { workers: 2, batchNorm: "own", wire: "bf16" } } as const;
    const ends = [];
    for (const [i, training] of [{}, own].entries()) {
      const results = await ended(
        startWorkers(2, { ...asked, directory: join(directory, String(i)), training }),
      );
      for (const { code, errors } of results) strictEqual(code, 0, errors);
      strictEqual(results[0].hashes.length, 1);
      deepStrictEqual(results[1].hashes, results[0].hashes);
      ends.push(results[0].hashes[0]);
    }
    ok(ends[0] !== ends[1], "their own batch norm makes a difference");
  }));

/** What went wrong in a worker whose output was read. */
async function failureOf({ process }: Worker) {
  const errors = (await new Response(process.stderr).text()).trim();
  return { code: (await process.status).code, errors };
}

for (const [what, signal] of [["killed", "SIGKILL"], ["frozen", "SIGSTOP"]] as const) {
  Deno.test(`where a worker is ${what} the others name it, and a new start ends as if nothing had been`, () =>
    inFolder(async (directory) => {
      const asked = { methods: ["simclr"], epochs: 3 };
      const [whole] = await ended(
        startWorkers(4, { ...asked, directory: join(directory, "whole") }),
      );
      const disturbed = { ...asked, directory: join(directory, "disturbed") };
      const workers = startWorkers(4, disturbed), [first, second, ...others] = workers;
      await Promise.all(workers.map((worker) => reached(worker, 4)));
      second.process.kill(signal);
      try {
        for (const { code, errors } of await Promise.all([first, ...others].map(failureOf))) {
          strictEqual(code, 1);
          match(
            errors,
            new RegExp(`^error: worker 1 \\(${second.address}\\) is gone: .*start all`, "m"),
          );
        }
      } finally {
        if (signal !== "SIGKILL") second.process.kill("SIGKILL");
        await second.process.status;
        await second.process.stderr.cancel();
      }
      const { step } = await lastIn(join(disturbed.directory, "simclr"), [1, 2]);
      ok(step >= 4 && step < 15, `it ended after step ${step}`);
      const again = await ended(startWorkers(4, disturbed));
      for (const { code, hashes } of again) {
        deepStrictEqual({ code, hashes }, { code: 0, hashes: whole.hashes });
      }
    }));
}

Deno.test("what fails in one worker alone ends all, and is told there", () =>
  inFolder(async (directory) => {
    const asked = { directory, methods: ["simclr"], epochs: 40 };
    const differing = (rank: number) => rank === 1 ? { damaged: true } : {};
    const [first, second] = await ended(startWorkers(2, asked, { differing }));
    deepStrictEqual([first.code, second.code], [1, 1]);
    match(second.errors, /^error: image 7 cannot be decoded$/m);
    match(first.errors, /^error: worker 1 \(.*\) is gone/m);
    ok((await lastIn(join(directory, "simclr"), [1, 2])).step > 0);
  }));

Deno.test("a worker that never starts is named", () =>
  inFolder(async (directory) => {
    const asked = { directory, methods: ["simclr"], patience: 4 };
    const workers = startWorkers(3, asked, { ranks: [0, 2] });
    for (const { code, errors } of await ended(workers)) {
      strictEqual(code, 1);
      match(
        errors,
        /error: worker 1 \(127\.0\.0\.1:\d+\) is not there after 4 s: start every worker/,
      );
    }
  }));

Deno.test("workers that would do different things all refuse, and say which", () =>
  inFolder(async (directory) => {
    const asked = { directory, methods: ["simclr"] };
    const workers = startWorkers(2, asked, { differing: (rank) => rank === 1 ? { seed: 2 } : {} });
    for (const { code, errors } of await ended(workers)) {
      strictEqual(code, 1);
      match(errors, new RegExp(`another configuration at ${workers[1].address}: give all of them`));
    }
  }));

Deno.test("a batch that workers cannot share, and a run for another number of them, are refused", async () => {
  const run = requestedRun(
    { directory: "", methods: [], workers: { addresses: [], rank: 0 } },
    "simclr",
  );
  throws(
    () => checkShares(run, 3),
    /batchSize of 16 cannot be shared by 3 workers: take one that 3/,
  );
  const training = { ...run.training, sharing: { workers: 2 } };
  throws(() => checkShares({ ...run, training }, 1), /configured for 2 workers.*there is one/);
  await rejects(fit({ ...run, training }), /configured for 2 workers/);
});

Deno.test("a port that is taken is named", async () => {
  using taken = Deno.listen({ port: 0 });
  const address = `127.0.0.1:${(taken.addr as Deno.NetAddr).port}`;
  await inFolder(async (directory) => {
    const workers = { addresses: [address, "127.0.0.1:9"], rank: 0 };
    const process = startWorker({ directory, methods: [] }, workers);
    const { code, stderr } = await process.output();
    strictEqual(code, 1);
    match(
      new TextDecoder().decode(stderr),
      new RegExp(`worker 0 cannot serve at ${address} .*must be free`),
    );
  });
});
