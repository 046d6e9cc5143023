import { deepStrictEqual, match, rejects, strictEqual } from "node:assert/strict";
import { join } from "@std/path";
import { exists } from "../../lib/base/files.ts";
import { completed } from "../bench/peers.ts";
import { runTask } from "./run_task.ts";

Deno.test("bench: an unknown name or a missing one lists what there is", async () => {
  for (const args of [[], ["nothing"], ["engine", "--jason"]]) {
    const { code, stderr } = await runTask("bench", args);
    strictEqual(code, 1);
    match(stderr, /^error: usage: deno task bench NAME \[--json\].*engine.*methods.*peers.*\n$/);
  }
});

Deno.test("bench: a case that is none names those that there are", async () => {
  for (const [name, cases] of [["methods", /simclr, .*barlow_twins/], ["peers", /it has none/]]) {
    const { code, stderr } = await runTask("bench", [name as string, "--only", "simcrl"]);
    strictEqual(code, 1);
    match(stderr, /^error: (methods|peers) has no case "simcrl"; it has .*\n$/);
    match(stderr, cases as RegExp);
  }
});

Deno.test("bench peers: built once, and again where it was broken off", async () => {
  const home = await Deno.makeTempDir({ prefix: "semantic-pairs-test-" });
  const folder = join(home, "peers");
  const builds: string[] = [];
  const build = async () => {
    await Deno.mkdir(folder); // fails where remains of the first attempt are left
    builds.push("built");
    if (builds.length === 1) throw new Error("broken off");
  };
  try {
    await rejects(completed(folder, build), /broken off/);
    strictEqual(await exists(join(folder, ".complete")), false);
    await completed(folder, build);
    await completed(folder, build);
    deepStrictEqual(builds, ["built", "built"]);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});
