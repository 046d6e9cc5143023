import { deepStrictEqual, ok, rejects, strictEqual, throws } from "node:assert/strict";
import { join } from "@std/path";
import { prng } from "../../lib/base/prng.ts";
import { Problem } from "../../lib/base/problem.ts";
import { encodeSafetensors } from "../../lib/base/safetensors.ts";
import { dispose, liveTensors, tf } from "../../lib/engine/mod.ts";
import {
  type Checkpoint,
  curveArrays,
  curvePoints,
  decodeCheckpoint,
  encodeCheckpoint,
  nonFinite,
  readState,
  restoreState,
} from "../../lib/training/checkpoint.ts";
import { checkpointFolder } from "../../lib/training/checkpoint_folder.ts";
import { type Fit, identityOf, type RunIdentity } from "../../lib/training/run.ts";
import { inFolder } from "../in_folder.ts";
import { toyRun } from "./resume_child.ts";

const run = identityOf(toyRun());
const other = identityOf({ ...toyRun(), seed: 2 });

function checkpoint(step: number, of: RunIdentity = run): Checkpoint {
  return {
    run: of,
    step,
    total: 20,
    pace: { steps: step, seconds: 0.1 * step },
    state: {
      "params.weight": { dtype: "F32", shape: [2, 2], data: Float32Array.of(1, -0, 1e-40, step) },
      "memory.labels": { dtype: "I32", shape: [2], data: Int32Array.of(-1, 2 ** 31 - 1) },
      "memory.count": { dtype: "F32", shape: [], data: Float32Array.of(7) },
    },
    curve: {
      loss: Float32Array.from({ length: step }, (_, i) => 1 / (i + 3)),
      sameClassNegatives: new Float32Array(step),
      spread: new Float32Array(step).fill(1),
    },
  };
}

const refused = (pattern: RegExp) => (error: Error) =>
  error instanceof Problem && pattern.test(error.message) && !error.message.includes("\n");

const open = (directory: string, { of = run, warnings = [] as string[] } = {}) =>
  checkpointFolder(directory, of, (message) => warnings.push(message));

async function filesIn(directory: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(directory))).map(({ name }) => name).sort();
}

const steps = async (directory: string) =>
  (await filesIn(directory)).map((name) => Number(name.match(/-(\d+)\.safetensors$/)?.[1]));

/** The path of a run's file of a step. */
async function fileOf(directory: string, step: number): Promise<string> {
  const name = (await filesIn(directory)).find((name) => name.endsWith(`${step}.safetensors`));
  return join(directory, name!);
}

Deno.test("a checkpoint is read as it was written, to the bit", () => {
  const written = checkpoint(3);
  const read = decodeCheckpoint(encodeCheckpoint(written), "x");
  deepStrictEqual(read, written);
  ok(Object.is(read.state["params.weight"].data[1], -0));
});

Deno.test("a state is restored as it was read, with its types and shapes", async () => {
  const before = liveTensors();
  const state = {
    params: { weight: tf.tensor2d([[1, 2, 3]]), rate: tf.scalar(0.1) },
    memory: { labels: tf.tensor1d([-1, 5], "int32") },
  };
  const values = await readState(state);
  const restored = restoreState(state, values);
  deepStrictEqual(await readState(restored), values);
  deepStrictEqual(Object.keys(values), ["memory.labels", "params.rate", "params.weight"]);
  deepStrictEqual(restored.memory.labels.dtype, "int32");
  dispose(state, restored);
  deepStrictEqual(liveTensors(), before);
});

Deno.test("a state of another structure is refused with what differs", async () => {
  const state = { params: { weight: tf.zeros([2, 2]) } };
  const values = await readState(state);
  const like = { params: { weight: tf.zeros([2, 3]) } };
  throws(
    () => restoreState(like, values),
    refused(/params\.weight is \[2,3\] here, \[2,2\] there/),
  );
  const more = { params: { weight: tf.zeros([2, 2]), bias: tf.zeros([2]) } };
  throws(() => restoreState(more, values), refused(/params\.bias is \[2\] here, absent there/));
  const extra = { ...values, "params.gain": values["params.weight"] };
  throws(() => restoreState(state, extra), refused(/params\.gain is absent here/));
  dispose(state, like, more);
});

Deno.test("the first value that is not finite is found by its path", () => {
  const { state } = checkpoint(1);
  strictEqual(nonFinite(state), undefined);
  for (const bad of [NaN, Infinity, -Infinity]) {
    state["memory.count"].data[0] = bad;
    strictEqual(nonFinite(state), "memory.count");
  }
});

Deno.test("a curve keeps its losses; the learning rates come from the step", () => {
  const points = [0, 1, 2].map((step) => ({
    step,
    loss: Math.fround(1 / (step + 3)),
    learningRate: 0.1 * (step + 1),
    sameClassNegatives: Math.fround(0.2 * step),
    spread: Math.fround(1 - 0.1 * step),
  }));
  deepStrictEqual(curvePoints(curveArrays(points), (step) => 0.1 * (step + 1)), points);
});

Deno.test("no flipped bit and no truncation goes unnoticed", () => {
  const bytes = encodeCheckpoint(checkpoint(3));
  const random = prng("flips");
  const headerEnd = 8 + Number(new DataView(bytes.buffer).getBigUint64(0, true));
  const places = [
    ...Array.from({ length: 300 }, () => random.int(headerEnd)),
    ...Array.from({ length: bytes.length - headerEnd }, (_, i) => headerEnd + i),
  ];
  for (const at of places) {
    const flipped = bytes.slice();
    flipped[at] ^= 1 << random.int(8);
    throws(() => decodeCheckpoint(flipped, "x"), refused(/^x/), `byte ${at}`);
  }
  for (let length = 0; length < bytes.length; length += 7) {
    throws(() => decodeCheckpoint(bytes.slice(0, length), "x"), refused(/^x/), `${length} bytes`);
  }
});

Deno.test("foreign files and other formats are refused by name", () => {
  const { state } = checkpoint(1);
  const foreign = (metadata: Record<string, string>) => encodeSafetensors(state, metadata);
  throws(
    () => decodeCheckpoint(foreign({ format: "pt" }), "x"),
    refused(/x is no checkpoint of sem/),
  );
  throws(
    () => decodeCheckpoint(foreign({ "semantic-pairs": '{"format":2}' }), "x"),
    refused(/x has checkpoint format 2, this version reads 1/),
  );
  throws(
    () => decodeCheckpoint(foreign({ "semantic-pairs": '{"format":1}' }), "x"),
    refused(/x is damaged/),
  );
  throws(() => decodeCheckpoint(foreign({ "semantic-pairs": "{" }), "x"), refused(/x is damaged/));
});

Deno.test("a folder keeps the newest two and gives back the newest", () =>
  inFolder(async (root) => {
    const directory = join(root, "not", "there", "yet");
    const folder = open(directory);
    strictEqual(await folder.newest(), undefined);
    for (const step of [2, 5, 9, 20]) await folder.write(checkpoint(step));
    deepStrictEqual(await steps(directory), [9, 20]);
    deepStrictEqual(await open(directory).newest(), checkpoint(20));
  }));

Deno.test("a damaged newest is told of, and the one before is used and kept", () =>
  inFolder(async (directory) => {
    for (const step of [5, 9]) await open(directory).write(checkpoint(step));
    const newest = await fileOf(directory, 9);
    await Deno.truncate(newest, 700);
    const warnings: string[] = [];
    const folder = open(directory, { warnings });
    strictEqual((await folder.newest())!.step, 5);
    ok(warnings.length === 1 && warnings[0].includes(newest), warnings.join());
    // The good one stays until there is another, however many bad ones lie beside it.
    await folder.write(checkpoint(7));
    deepStrictEqual(await steps(directory), [5, 7, 9]);
    strictEqual((await open(directory).newest())!.step, 7);
    await folder.write(checkpoint(11));
    deepStrictEqual(await steps(directory), [7, 11]);
  }));

Deno.test("where all of a run's checkpoints are damaged, it starts anew and says so", () =>
  inFolder(async (directory) => {
    await open(directory).write(checkpoint(5));
    await Deno.truncate(await fileOf(directory, 5), 0);
    const warnings: string[] = [];
    strictEqual(await open(directory, { warnings }).newest(), undefined);
    strictEqual(warnings.length, 1);
  }));

Deno.test("a foreign file under a newer name is told of and passed over", () =>
  inFolder(async (directory) => {
    for (const step of [5, 9]) await open(directory).write(checkpoint(step));
    const foreign = encodeSafetensors(checkpoint(9).state, {});
    await Deno.writeFile(await fileOf(directory, 9), foreign);
    const warnings: string[] = [];
    strictEqual((await open(directory, { warnings }).newest())!.step, 5);
    ok(warnings.length === 1 && /is no checkpoint/.test(warnings[0]), warnings.join());
  }));

Deno.test("another run's checkpoint is refused with the fields that differ", async () => {
  const base = toyRun();
  const { training } = base;
  const cases: [Fit, RegExp][] = [
    [
      {
        ...base,
        training: { ...training, optimizer: { ...training.optimizer, learningRate: 0.3 } },
      },
      /training\.optimizer\.learningRate is 0\.3 here, 0\.1 in the checkpoint/,
    ],
    [{ ...base, seed: 7 }, /prng\.seed is 7 here, 1 in the checkpoint/],
    [
      {
        ...base,
        method: { name: "simclr", options: { ...base.method.options, temperature: 0.5 } },
      },
      /method\.options\.temperature is 0\.5 here, 0\.2 in the checkpoint/,
    ],
    [
      { ...base, backbone: { ...base.backbone, blocks: [1, 2] } as Fit["backbone"] },
      /backbone\.blocks is \[1,2\] here, \[1,1\] in the checkpoint/,
    ],
    [{ ...base, dataset: { ...base.dataset, hash: "other" } }, /dataset is "other" here, "toy" in/],
    [
      { ...base, pairs: { ...base.pairs, partners: base.pairs.anchors } },
      /: pairs is [0-9a-f]{8}… here, [0-9a-f]{8}… in the checkpoint/,
    ],
  ];
  await inFolder(async (directory) => {
    await open(directory).write(checkpoint(5));
    for (const [changed, pattern] of cases) {
      const folder = open(directory, { of: identityOf(changed) });
      await rejects(folder.newest(), refused(pattern));
    }
    const engine = { ...run, engine: "tensorflow 3.0.0, CPU:0" };
    const newer = open(directory, { of: engine });
    await rejects(newer.newest(), refused(/engine is "tensorflow 3\.0\.0, CPU:0" here, "/));
    deepStrictEqual(await steps(directory), [5]);
  });
});

Deno.test("runs that share a folder neither find nor remove each other's checkpoints", () =>
  inFolder(async (directory) => {
    const [mine, theirs] = [open(directory), open(directory, { of: other })];
    for (const step of [1, 2, 3]) {
      await mine.write(checkpoint(step));
      await theirs.write(checkpoint(step + 10, other));
    }
    deepStrictEqual((await steps(directory)).sort((a, b) => a - b), [2, 3, 12, 13]);
    strictEqual((await mine.newest())!.step, 3);
    strictEqual((await theirs.newest())!.step, 13);
  }));

Deno.test("a step that is kept is not written again, and the one before it stays", () =>
  inFolder(async (directory) => {
    const folder = open(directory);
    for (const step of [5, 9]) await folder.write(checkpoint(step));
    const { mtime } = await Deno.stat(await fileOf(directory, 9));
    await folder.write(checkpoint(9));
    deepStrictEqual(await steps(directory), [5, 9]);
    deepStrictEqual((await Deno.stat(await fileOf(directory, 9))).mtime, mtime);
  }));

Deno.test("a checkpoint that cannot be written is a Problem, and the last good one stays", () =>
  inFolder(async (directory) => {
    await open(directory).write(checkpoint(5));
    // In a process that may write no file of more than 4 KiB: as with a full disk, the first part of
    // the checkpoint is written, the rest fails.
    const code = `
      import { checkpointFolder } from "${
      import.meta.resolve("../../lib/training/checkpoint_folder.ts")
    }";
      import { decodeCheckpoint } from "${import.meta.resolve("../../lib/training/checkpoint.ts")}";
      const { run } = decodeCheckpoint(Deno.readFileSync(Deno.args[0]), "it");
      const folder = checkpointFolder(Deno.args[1], run, console.error);
      const found = await folder.newest();
      found.state.large = { dtype: "F32", shape: [4096], data: new Float32Array(4096) };
      await folder.write({ ...found, step: 9 }).catch((error) => console.log(error.message));`;
    const limited = `trap '' XFSZ; ulimit -f 4; exec "$0" eval --no-check --ext=ts "$@"`;
    const { stdout, stderr } = await new Deno.Command("bash", {
      args: ["-c", limited, Deno.execPath(), code, await fileOf(directory, 5), directory],
    }).output();
    const said = new TextDecoder().decode(stdout);
    ok(
      /^cannot write .*00000009\.safetensors: .*File too large.* is step 5/.test(said),
      said + new TextDecoder().decode(stderr),
    );
    deepStrictEqual(await filesIn(directory), [(await fileOf(directory, 5)).split("/").at(-1)]);
    deepStrictEqual(await open(directory).newest(), checkpoint(5));
  }));

Deno.test("what a killed writer left is removed once it is old", () =>
  inFolder(async (directory) => {
    await open(directory).write(checkpoint(1));
    const part = `${await fileOf(directory, 1)}.123.0a1b2c3d.part`;
    const theirs = join(directory, "thesis.part");
    for (const path of [part, theirs]) await Deno.writeTextFile(path, "half");
    await open(directory).write(checkpoint(2));
    ok((await filesIn(directory)).some((name) => name.endsWith("3d.part")), "may be in the making");
    const old = new Date(Date.now() - 2 * 3_600_000);
    for (const path of [part, theirs]) await Deno.utime(path, old, old);
    await open(directory).write(checkpoint(3));
    deepStrictEqual((await filesIn(directory)).filter((name) => name.endsWith("part")), [
      "thesis.part",
    ]);
  }));
