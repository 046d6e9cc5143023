import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { join } from "@std/path";
import { hostname } from "node:os";
import { exists } from "../../lib/base/files.ts";
import { withLock } from "../../lib/base/lock.ts";
import { inFolder } from "../in_folder.ts";

const soon = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** A process that takes the lock, says so, and holds it until it is killed. */
function holder(path: string) {
  const module = new URL("../../lib/base/lock.ts", import.meta.url).href;
  const code = `import { withLock } from ${JSON.stringify(module)};
    await withLock(${JSON.stringify(path)}, async () => {
      console.log("held");
      await new Promise((resolve) => setTimeout(resolve, 60_000));
    });`;
  return new Deno.Command(Deno.execPath(), {
    ...{ args: ["eval", code], stdout: "piped", stderr: "inherit" },
  }).spawn();
}

Deno.test("lock: one after the other, gone afterwards, also where the work fails", () =>
  inFolder(async (folder) => {
    const path = join(folder, "deep", "lock");
    const told: string[] = [], waited: string[] = [];
    const work = (name: string) =>
      withLock(path, async () => {
        told.push(`${name} begins`);
        await soon(50);
        told.push(`${name} ends`);
      }, { beat: 10, waiting: (holder) => waited.push(holder) });
    await Promise.all([work("a"), work("b"), work("c")]);
    for (let i = 0; i < 6; i += 2) strictEqual(told[i].replace("begins", "ends"), told[i + 1]);
    deepStrictEqual(new Set(waited), new Set([`${hostname()}, process ${Deno.pid}`]));
    await rejects(withLock(path, () => Promise.reject(new Error("failed"))), /failed/);
    strictEqual(await exists(path), false);
  }));

Deno.test("lock: of a process that was killed, it is taken over at once; of one that lives, it is not", () =>
  inFolder(async (folder) => {
    const path = join(folder, "lock"), other = holder(path);
    const reader = other.stdout.getReader();
    await reader.read(); // it holds the lock
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Error("enough")), 300);
    const never = withLock(path, () => Promise.resolve(), { signal: stop.signal, beat: 50 });
    await rejects(never, /enough/);
    other.kill("SIGKILL");
    await other.status;
    await reader.cancel();
    const start = performance.now();
    strictEqual(await withLock(path, () => Promise.resolve("taken"), { beat: 50 }), "taken");
    ok(performance.now() - start < 5000);
  }));

Deno.test("lock: of another machine, it is taken over when nobody has touched it for a while", () =>
  inFolder(async (folder) => {
    const path = join(folder, "lock");
    await Deno.writeTextFile(path, JSON.stringify({ host: "elsewhere", pid: 1, id: "x" }));
    const waited: string[] = [], start = performance.now();
    await withLock(path, () => Promise.resolve(), {
      ...{ beat: 20, dead: 400, waiting: (holder) => waited.push(holder) },
    });
    ok(performance.now() - start > 200);
    deepStrictEqual(waited, ["elsewhere, process 1"]);
    await Deno.writeTextFile(path, ""); // its holder was killed before it had said who it is
    await withLock(path, () => Promise.resolve(), { beat: 20, dead: 200 });
  }));

Deno.test("lock: its holder touches it, however long the work", () =>
  inFolder(async (folder) => {
    const path = join(folder, "lock"), told: string[] = [];
    const options = { beat: 30, dead: 150 };
    await Promise.all([
      withLock(path, async () => {
        await soon(600);
        told.push("first");
      }, options),
      soon(50).then(() => withLock(path, () => Promise.resolve(told.push("second")), options)),
    ]);
    deepStrictEqual(told, ["first", "second"]);
  }));
