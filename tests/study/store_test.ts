import { deepStrictEqual, match, notStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { hostname } from "node:os";
import { join } from "@std/path";
import { Problem } from "../../lib/base/problem.ts";
import type { Inputs, Run } from "../../lib/study/cell.ts";
import { perMethodGains } from "../../lib/study/design.ts";
import { load, loadOrCompute, runKey, save, workOn } from "../../lib/study/store.ts";
import { inventedRuns } from "./runs.ts";

const [first, run] = inventedRuns(perMethodGains("smoke"), () => 0.25);
const inFolder = async (test: (folder: string) => Promise<void>) => {
  const folder = await Deno.makeTempDir();
  await test(join(folder, "runs")).finally(() => Deno.remove(folder, { recursive: true }));
};
const unexpected = (message: string) => {
  throw new Error(message);
};

Deno.test("a run that is saved is loaded, alone in its folder", () =>
  inFolder(async (folder) => {
    strictEqual(await load<Run>(folder, run.inputs, unexpected), undefined);
    await save(folder, run);
    deepStrictEqual(await load<Run>(folder, run.inputs, unexpected), run);
    strictEqual(await load<Run>(folder, first.inputs, unexpected), undefined);
    const files = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
    deepStrictEqual(files, [`${runKey(run.inputs)}.json`]); // no temporary file is left
  }));

/** Every way to change one leaf of a value, with the path to it. */
function* changes(value: unknown, path = ""): Generator<[string, unknown]> {
  if (typeof value !== "object" || value === null) {
    yield [path, value === "changed" ? "changed again" : "changed"];
    return;
  }
  for (const [key, part] of Object.entries(value)) {
    for (const [at, changed] of changes(part, `${path}.${key}`)) {
      const copy = Array.isArray(value) ? [...value] : { ...value };
      yield [at, Object.assign(copy, { [key]: changed })];
    }
  }
}

Deno.test("every field of the inputs changes the key, the order of fields does not", () => {
  const key = runKey(run.inputs);
  let fields = 0;
  for (const [path, changed] of changes(run.inputs)) {
    notStrictEqual(runKey(changed as Inputs), key, path);
    fields++;
  }
  strictEqual(fields > 35, true, `${fields} fields`);
  const { cell, ...rest } = run.inputs;
  const reordered = Object.fromEntries(Object.entries(cell).toReversed()) as typeof cell;
  strictEqual(runKey({ ...rest, cell: reordered }), key);
});

Deno.test("a damaged file is reported, not used, and replaced", () =>
  inFolder(async (folder) => {
    await save(folder, run);
    const path = join(folder, `${runKey(run.inputs)}.json`);
    const whole = await Deno.readTextFile(path);
    const others = JSON.stringify({ ...JSON.parse(whole), inputs: first.inputs });
    const damages = [whole.slice(0, 200), whole.replace("0.25", "0.95"), "", "null", others];
    for (const damaged of damages) {
      await Deno.writeTextFile(path, damaged);
      const warnings: string[] = [];
      strictEqual(await load<Run>(folder, run.inputs, (text) => warnings.push(text)), undefined);
      match(warnings.join(), /is damaged and is computed again/);
      await save(folder, run);
      deepStrictEqual(await load<Run>(folder, run.inputs, unexpected), run);
    }
  }));

Deno.test("of many writers the first wins, and all return what is stored", () =>
  inFolder(async (folder) => {
    await save(folder, run);
    const later = { ...run, seconds: 99 };
    deepStrictEqual(await save(folder, later), run);
    const others = Array.from({ length: 20 }, (_, i) => ({ ...first, seconds: i }));
    await Promise.all(others.map((other) => save(folder, other)));
    const stored = await load<Run>(folder, first.inputs, unexpected);
    strictEqual(others.some(({ seconds }) => seconds === stored?.seconds), true);
  }));

Deno.test("who comes second waits, and loads what the first has computed", () =>
  inFolder(async (folder) => {
    let computed = 0;
    const compute = async () => {
      computed++;
      await new Promise((resolve) => setTimeout(resolve, 100));
      return run;
    };
    const notes: (string | undefined)[] = [];
    const watch = { progress: (_: number, __: number, note?: string) => notes.push(note) };
    const both = [1, 2].map(() => loadOrCompute<Run>(folder, run.inputs, compute, watch));
    deepStrictEqual(await Promise.all(both), [run, run]);
    strictEqual(computed, 1);
    match(notes.join(), /waits for .*, which computes the same/);
    const files = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
    deepStrictEqual(files, [`${runKey(run.inputs)}.json`]); // no lock is left
  }));

Deno.test("who computes a run is told while it does, why it failed until it is there", () =>
  inFolder(async (folder) => {
    const work = () => workOn(folder, run.inputs);
    deepStrictEqual(await work(), {});
    const failing = async () => {
      match((await work()).running!, new RegExp(`, process ${Deno.pid}$`));
      throw new Problem("its loss is NaN");
    };
    await rejects(loadOrCompute<Run>(folder, run.inputs, failing, {}), /NaN/);
    deepStrictEqual(await work(), { failed: "its loss is NaN" });
    const stop = new AbortController();
    const stopped = () => {
      stop.abort(new Problem("ended by SIGINT"));
      return Promise.reject(stop.signal.reason);
    };
    await rejects(loadOrCompute<Run>(folder, run.inputs, stopped, { signal: stop.signal }));
    deepStrictEqual(await work(), { failed: "its loss is NaN" }, "who is stopped has not failed");
    await loadOrCompute<Run>(folder, run.inputs, () => Promise.resolve(run), {});
    deepStrictEqual(await work(), {});
    const gone = join(folder, `${runKey(first.inputs)}.json.lock`);
    await Deno.writeTextFile(gone, JSON.stringify({ host: hostname(), pid: 2 ** 22, id: "gone" }));
    deepStrictEqual(await workOn(folder, first.inputs), {}, "a dead process computes nothing");
  }));
