/** Runs that are killed and go on, against runs that are not: in processes of their own. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { join } from "@std/path";
import { type Prng, prng } from "../../lib/base/prng.ts";
import type { SafeTensor } from "../../lib/base/safetensors.ts";
import { methods } from "../../lib/methods/index.ts";
import type { Checkpoint } from "../../lib/training/checkpoint.ts";
import type { Fit, TrainingConfig } from "../../lib/training/fit.ts";
import { weak } from "../../lib/views/policy.ts";
import { inFolder } from "../in_folder.ts";
import { lastIn, newestIn, train } from "./kept.ts";
import { toyRun } from "./resume_child.ts";

const child = join(import.meta.dirname!, "resume_child.ts");

function start(directory: string, ...args: string[]) {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", child, directory, ...args],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
}

/** Kills a run some moments after its second or third step; tells how far it had come. */
async function killed(run: Deno.ChildProcess, random: Prng): Promise<number> {
  const steps = 2 + random.int(2);
  let seen = "", killing = false;
  for await (const text of run.stdout.pipeThrough(new TextDecoderStream())) {
    seen += text;
    if (killing || seen.split("\n").length <= steps) continue;
    killing = true;
    await new Promise((done) => setTimeout(done, random.uniform(0, 20)));
    run.kill("SIGKILL");
  }
  strictEqual((await run.status).signal, "SIGKILL");
  return Number(seen.trim().split("\n").at(-1));
}

async function finished(run: Deno.ChildProcess): Promise<void> {
  strictEqual((await run.output()).code, 0);
}

/** The state and the curve, to the bit: a Float32Array would hold 0 and -0 for equal. */
function bits({ state, curve, step }: Checkpoint) {
  const raw = ({ buffer, byteOffset, byteLength }: SafeTensor["data"]) =>
    new Uint8Array(buffer, byteOffset, byteLength);
  return {
    step,
    state: Object.entries(state).map(([path, { data }]) => [path, raw(data)]),
    curve: Object.entries(curve).map(([name, data]) => [name, raw(data)]),
  };
}

const references = new Map<string, Promise<Checkpoint>>();

/** Where a run of MoCo v2 ends, which has all that can be lost: a momentum encoder and a queue. */
function reference(precision: "fp32" | "bf16"): Promise<Checkpoint> {
  const run = toyRun({ method: "moco_v2", precision });
  if (!references.has(precision)) {
    references.set(precision, inFolder((directory) => train(run, directory)));
  }
  return references.get(precision)!;
}

for (const [precision, kills] of [["fp32", 2], ["bf16", 1]] as const) {
  Deno.test(`a run in ${precision} that is killed ends with the bits of one that is not`, () =>
    inFolder(async (directory) => {
      const random = prng(`kill ${precision}`);
      const reached = [0];
      for (let i = 0; i < kills; i++) {
        reached.push(await killed(start(directory, "moco_v2", precision), random));
        ok(reached[i] < reached[i + 1], `it goes on each time: ${reached}`);
      }
      await finished(start(directory, "moco_v2", precision));
      const last = await lastIn(directory);
      ok(reached[kills] < last.total, `killed after steps ${reached}`);
      for (const part of ["params", "stats", "momentum.params", "memory", "optimizer"]) {
        ok(Object.keys(last.state).some((path) => path.startsWith(part)), part);
      }
      deepStrictEqual(bits(last), bits(await reference(precision)));
    }));
}

Deno.test("two processes at once in one directory end with the same bits", () =>
  inFolder(async (directory) => {
    await Promise.all([1, 2].map(() => finished(start(directory, "moco_v2", "fp32"))));
    deepStrictEqual(bits(await lastIn(directory)), bits(await reference("fp32")));
  }));

Deno.test("every method that remembers goes on from its checkpoint as if it had never stopped", async () => {
  for (const [method, { memory, momentum }] of Object.entries(methods)) {
    if (!memory && !momentum) continue;
    await inFolder(async (directory) => {
      const run = toyRun({ method, epochs: 1 });
      await goesOn(run, directory);
    });
  }
});

/** Trains, takes the last checkpoint away, and trains the last step anew. */
async function goesOn(run: Fit, directory: string): Promise<Checkpoint> {
  const last = await train(run, directory);
  await Deno.remove(await newestIn(directory));
  deepStrictEqual(bits(await train(run, directory)), bits(last), JSON.stringify(run.method));
  return last;
}

Deno.test("crops, parts, distinct classes, queues in use and every optimizer train, and go on, too", async () => {
  const [swav, dino] = ["swav", "dino"].map((method) => toyRun({ method, epochs: 1 }));
  const adamw = { name: "adamw", learningRate: 0.01, weightDecay: 0.1 } as const;
  const lars = { name: "lars", learningRate: 0.1, momentum: 0.9, weightDecay: 1e-4 } as const;
  const crops = { perImage: 1, views: weak(16) };
  const inUse = { queueStart: 0, queue: 32, frozenEpochs: 0 };
  const withTraining = (run: Fit, part: Partial<TrainingConfig>) => (
    { ...run, training: { ...run.training, ...part } }
  );
  const runs = [
    dino,
    withTraining(dino, { optimizer: adamw }),
    withTraining(dino, { crops }),
    withTraining(dino, { parts: 2 }),
    withTraining(dino, { composition: "distinct classes", batchSize: 4 }),
    withTraining(swav, { optimizer: lars }),
    { ...swav, method: { name: "swav", options: { ...swav.method.options, ...inUse } } },
  ];
  const ends = new Set<string>();
  for (const run of runs) {
    await inFolder(async (directory) => {
      const last = await goesOn(run, directory);
      ends.add(JSON.stringify(last.state["params.backbone.conv1.weight"].data));
    });
  }
  strictEqual(ends.size, runs.length, "each of them makes a difference");
});
