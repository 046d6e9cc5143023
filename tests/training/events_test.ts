import { deepStrictEqual, match, ok, strictEqual, throws } from "node:assert/strict";
import { join } from "@std/path";
import { pathToFileURL } from "node:url";
import { checkout } from "../../lib/base/files.ts";
import { Problem } from "../../lib/base/problem.ts";
import { liveTensors } from "../../lib/engine/mod.ts";
import { tensorboardLog } from "../../lib/training/events.ts";
import { inFolder } from "../in_folder.ts";
import { readEvents } from "./event_files.ts";

/** A run of ten steps that is killed in the middle of writing, and goes on from its fifth. */
async function killedAndResumed(directory: string): Promise<void> {
  const killed = tensorboardLog(directory);
  for (let step = 0; step < 8; step++) killed.log({ step, values: { loss: 8 - step, kNN: 0.5 } });
  killed.close();
  const [file] = await files(directory);
  await Deno.truncate(file, (await Deno.stat(file)).size - 10); // the last number is half written
  const resumed = tensorboardLog(directory);
  for (let step = 5; step < 10; step++) resumed.log({ step, values: { loss: -step } });
  resumed.close();
}

async function files(directory: string): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(directory));
  return entries.map(({ name }) => join(directory, name)).sort();
}

const curve = [[0, 8], [1, 7], [2, 6], [3, 5], [4, 4], [5, -5], [6, -6], [7, -7], [8, -8], [9, -9]];

Deno.test("events: what is logged stands in the file, in order, and nothing is left in the engine", () =>
  inFolder(async (folder) => {
    const before = liveTensors();
    const directory = join(folder, "made", "anew");
    const start = Date.now() / 1000;
    const { log, close } = tensorboardLog(directory);
    log({ step: 3, values: { loss: 0.5, "learning rate": 0.25 } });
    log({ step: 2 ** 40, values: { loss: NaN } });
    close();
    deepStrictEqual(liveTensors(), before);
    const written = await files(directory);
    strictEqual(written.length, 1);
    match(written[0], /events\.out\.tfevents\./); // what TensorBoard looks for
    const [version, restart, ...points] = await readEvents(written[0]);
    strictEqual(version.fileVersion, "brain.Event:2");
    deepStrictEqual([restart.step, restart.sessionLog?.status], [3, 1]);
    deepStrictEqual(
      points.map(({ step, summary }) => [step, summary?.value]),
      [
        [3, [{ tag: "loss", simpleValue: 0.5 }]],
        [3, [{ tag: "learning rate", simpleValue: 0.25 }]],
        [2 ** 40, [{ tag: "loss", simpleValue: NaN }]],
      ],
    );
    ok(points.every(({ wallTime }) => Math.abs(wallTime - start) < 60), "times are seconds");
  }));

Deno.test("events: a resumed run adds a file that voids what the first one says of its steps", () =>
  inFolder(async (folder) => {
    await killedAndResumed(folder);
    const written = await files(folder);
    strictEqual(written.length, 2);
    let shown: [number, number][] = [];
    for (const file of written) {
      for (const { step, sessionLog, summary } of await readEvents(file)) {
        if (sessionLog) shown = shown.filter(([earlier]) => earlier < step);
        const loss = summary?.value.find(({ tag }) => tag === "loss");
        if (loss) shown.push([step, loss.simpleValue]);
      }
    }
    deepStrictEqual(shown, curve);
  }));

const python = Deno.env.get("PEER_PYTHON");
if (!python) console.warn("PEER_PYTHON is not set: event files are not read by TensorBoard itself");

Deno.test({
  name: "events: TensorBoard shows one curve of a run that was killed and resumed",
  ignore: !python,
  fn: () =>
    inFolder(async (folder) => {
      await killedAndResumed(folder);
      const { code, stdout, stderr } = await new Deno.Command(python!, {
        args: ["-c", readByTensorBoard, folder],
      }).output();
      strictEqual(code, 0, new TextDecoder().decode(stderr));
      const { loss, kNN } = JSON.parse(new TextDecoder().decode(stdout));
      deepStrictEqual(loss, curve);
      deepStrictEqual(kNN, [0, 1, 2, 3, 4].map((step) => [step, 0.5]));
    }),
});

const readByTensorBoard = `
import json, sys
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
events = EventAccumulator(sys.argv[1])
events.Reload()
curves = {tag: [(e.step, e.value) for e in events.Scalars(tag)] for tag in events.Tags()["scalars"]}
print(json.dumps(curves))`;

Deno.test("events: a directory that cannot be one is a Problem", () =>
  inFolder(async (folder) => {
    const file = join(folder, "file");
    await Deno.writeTextFile(file, "");
    const before = liveTensors();
    throws(
      () => tensorboardLog(join(file, "run")),
      (error: Error) =>
        error instanceof Problem &&
        /^cannot write TensorBoard files to .*file.run \(.*\): choose another/.test(error.message),
    );
    deepStrictEqual(liveTensors(), before);
  }));

Deno.test("events: on WebGPU a log is a Problem that says what to do", async () => {
  const module = pathToFileURL(join(checkout, "lib", "training", "events.ts")).href;
  const code = `import { tensorboardLog } from "${module}"; tensorboardLog("nowhere");`;
  const { stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--config", join(checkout, "deno.json"), code],
    env: { NO_COLOR: "1", ENGINE: "webgpu" },
  }).output();
  const said = new TextDecoder().decode(stderr);
  if (/no WebGPU adapter/.test(said)) {
    return console.warn("no WebGPU here: its Problem is not seen");
  }
  match(said, /Problem: TensorBoard files are written by TensorFlow.*webgpu: unset ENGINE/);
});
