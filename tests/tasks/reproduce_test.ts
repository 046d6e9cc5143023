import { deepStrictEqual, match, ok, strictEqual, throws } from "node:assert/strict";
import { join } from "@std/path";
import { checkout } from "../../lib/base/files.ts";
import { parseFlags } from "../../lib/tasks/reproduce_flags.ts";
import { denoDir } from "./run_task.ts";
import { type Draft, isAlive, notebookJson, untilRead, withFolder } from "../notebook/fixture.ts";

/** Starts the task on a folder of notebooks, with a cache of its own. */
function start(folder: string, ...args: string[]): Deno.ChildProcess {
  const url = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);
  const code = `import { reproduce } from ${url("../../lib/tasks/reproduce.ts")};
    import { interruption } from ${url("../../lib/tasks/interruption.ts")};
    import { runTask } from ${url("../../lib/base/problem.ts")};
    const [folder, ...args] = Deno.args;
    await runTask(() => reproduce(args, folder, interruption()));`;
  return new Deno.Command(Deno.execPath(), {
    args: ["eval", "--config", join(checkout, "deno.json"), code, folder, ...args],
    env: { NO_COLOR: "1", XDG_CACHE_HOME: join(folder, "cache"), DENO_DIR: denoDir() },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

async function finished(task: Deno.ChildProcess) {
  const { code, stdout, stderr } = await task.output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

const run = (folder: string, ...args: string[]) => finished(start(folder, ...args));

async function withNotebooks(
  notebooks: Record<string, Draft[]>,
  test: (folder: string) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    for (const [name, drafts] of Object.entries(notebooks)) {
      await Deno.writeTextFile(join(folder, `${name}.ipynb`), notebookJson(drafts));
    }
    await test(folder);
  });
}

const parameters = { code: 'const profile = "desk";\nconst seeds = 3;', tags: ["parameters"] };
const hello = { "01-hello": [parameters, "console.log(profile, seeds);"] };
const printed = async (path: string) =>
  JSON.parse(await Deno.readTextFile(path)).cells[1].outputs[0]?.text[0];

Deno.test("reproduce runs the notebooks in order, and the rest when one fails", async () => {
  const notebooks = {
    "03-last": ["1", "2"],
    "01-first": ["throw new Error('no data');"],
    ...{ "02-bad": [] },
  };
  await withNotebooks(notebooks, async (folder) => {
    await Deno.writeTextFile(join(folder, "02-bad.ipynb"), "{");
    const { code, stdout, stderr } = await run(folder);
    strictEqual(code, 1);
    const summary = stdout.trim().split("\n").slice(-3);
    match(summary[0], /^FAILED {2}01-first {2}cell 1: no data$/);
    match(summary[1], /^FAILED {2}02-bad {2}.*is no notebook/);
    match(summary[2], /^ok {6}03-last {2}2 cells in \d+s$/);
    match(stdout, /^ {2}cell 2 {2}\d+\.\d s$/m);
    match(stderr, /01-first\.ipynb, cell 1: Error: no data/);
  });
});

Deno.test("reproduce writes outputs back, with the given parameters", async () => {
  await withNotebooks(hello, async (folder) => {
    const { code, stderr } = await run(folder, "--profile", "photos", "--param", "seeds=5");
    strictEqual(code, 0, stderr);
    strictEqual(await printed(join(folder, "01-hello.ipynb")), "photos 5\n");
  });
});

Deno.test("the smoke profile leaves the notebooks as they are, and says where its own are", async () => {
  await withNotebooks(hello, async (folder) => {
    const path = join(folder, "01-hello.ipynb");
    const before = await Deno.readTextFile(path);
    const { code, stdout, stderr } = await run(folder, "--profile", "smoke");
    strictEqual(code, 0, stderr);
    strictEqual(await Deno.readTextFile(path), before);
    const [, scratch] = /its notebooks are in (.*)/.exec(stdout)!;
    ok(scratch.startsWith(folder));
    strictEqual(await printed(join(scratch, "01-hello.ipynb")), "smoke 3\n");
  });
});

Deno.test("--only, --dry-run, and the parameters that a notebook does not declare", async () => {
  await withNotebooks({ ...hello, "02-other": ["1"] }, async (folder) => {
    const dry = await run(folder, "--dry-run", "--param", "seeds=1");
    strictEqual(dry.stdout, "01-hello  profile=desk  seeds=1\n02-other\n");
    const only = await run(folder, "--dry-run", "--only", "02");
    strictEqual(only.stdout, "02-other\n");
    const exact = await run(folder, "--dry-run", "--only", "01-hello.ipynb");
    strictEqual(exact.stdout, "01-hello  profile=desk\n");
  });
});

Deno.test("a notebook or parameter that is not there is an error that lists those that are", async () => {
  await withNotebooks(hello, async (folder) => {
    const notebook = await run(folder, "--only", "07");
    deepStrictEqual([notebook.code, notebook.stderr], [
      1,
      "error: no notebook is named 07 (there are: 01-hello)\n",
    ]);
    const parameter = await run(folder, "--param", "seed=1");
    deepStrictEqual([parameter.code, parameter.stderr], [
      1,
      'error: unknown parameter "seed" (known: profile, seeds)\n',
    ]);
  });
});

Deno.test("SIGTERM ends the task and its kernel", async () => {
  const busy = "Deno.writeTextFileSync('pid', String(Deno.pid));\nwhile (true);";
  await withNotebooks({ busy: [busy] }, async (folder) => {
    const task = start(folder);
    const result = finished(task);
    const pid = Number(await untilRead(join(folder, "pid")));
    task.kill("SIGTERM");
    const { code, stderr } = await result;
    deepStrictEqual([code, stderr], [1, "error: ended by SIGTERM\n"]);
    ok(!isAlive(pid));
  });
});

Deno.test("flags: defaults, limits by profile, and what is refused", () => {
  const defaults = { profile: "desk", only: [], parameters: {}, dryRun: false, help: false };
  deepStrictEqual(parseFlags([]), { ...defaults, cellLimit: 3600 });
  strictEqual(parseFlags(["--profile", "smoke"]).cellLimit, 300);
  strictEqual(parseFlags(["--cell-limit", "2.5"]).cellLimit, 2.5);
  deepStrictEqual(parseFlags(["--param", "a=b=c", "--param", "d="]).parameters, {
    a: "b=c",
    d: "",
  });
  throws(() => parseFlags(["--profile", "desktop"]), {
    name: "Problem",
    message: 'unknown profile "desktop" (known: smoke, desk, photos, imagenet)',
  });
  throws(() => parseFlags(["--fast"]), /Unknown option '--fast' \(.*--help lists the flags\)/);
  throws(() => parseFlags(["02-gains"]), /Unexpected argument '02-gains'/);
  throws(() => parseFlags(["--param", "seeds"]), /--param seeds: give it as NAME=VALUE/);
  throws(() => parseFlags(["--param", "profile=smoke"]), /--profile NAME/);
  throws(() => parseFlags(["--cell-limit", "soon"]), /--cell-limit soon: give a number/);
});
