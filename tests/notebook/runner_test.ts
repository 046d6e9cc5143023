import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";
import { join } from "@std/path";
import { textOf } from "../../lib/notebook/notebook_file.ts";
import { failureText, type NotebookReport, runNotebook } from "../../lib/notebook/runner.ts";
import { Problem } from "../../lib/base/problem.ts";
import { type Draft, isAlive, pause, untilRead, withFolder, withNotebook } from "./fixture.ts";

const cellsOf = async (path: string) => JSON.parse(await Deno.readTextFile(path)).cells;

Deno.test("a run puts every cell's outputs into the file", async () => {
  const cells: Draft[] = [
    { markdown: "# Title" },
    "console.log('one');\nconsole.error('two');\nconst x: number = 3;",
    "",
    "await Deno.jupyter.display({ 'text/plain': 'shown' }, { raw: true });\nconsole.log(x);\nx + 1",
  ];
  await withNotebook(cells, async (path) => {
    const report = await runNotebook(path);
    strictEqual(report.failure, undefined);
    deepStrictEqual(report.cells.map(({ number }) => number), [2, 4]);
    const [, first, empty, last] = await cellsOf(path);
    deepStrictEqual(first.outputs, [
      { name: "stdout", output_type: "stream", text: ["one\n"] },
      { name: "stderr", output_type: "stream", text: ["two\n"] },
    ]);
    deepStrictEqual([first, empty, last].map((cell) => cell.execution_count), [1, null, 2]);
    deepStrictEqual(last.outputs, [
      { data: { "text/plain": ["shown"] }, metadata: {}, output_type: "display_data" },
      { name: "stdout", output_type: "stream", text: ["3\n"] },
      {
        data: { "text/plain": ["4"] },
        execution_count: 2,
        metadata: {},
        output_type: "execute_result",
      },
    ]);
  });
});

Deno.test("a rerun of an unchanged notebook gives the same bytes", async () => {
  const cells = [
    "for (let i = 0; i < 50; i++) {\n  console.log(i);\n  await Deno.jupyter.display(i);\n}",
    "console.log('%cred', 'color: red');\n({ b: 1, a: [2] })",
  ];
  await withNotebook(cells, async (path) => {
    await runNotebook(path);
    const first = await Deno.readTextFile(path);
    await runNotebook(path);
    strictEqual(await Deno.readTextFile(path), first);
    ok(first.includes("49"));
    ok(!first.includes("\\u001b"));
  });
});

Deno.test("output that is still on its way when the cell ends belongs to the cell", async () => {
  const long = "console.log('x'.repeat(3_000_000));";
  await withNotebook([long, "2"], async (path) => {
    await runNotebook(path);
    const [first, second] = await cellsOf(path);
    strictEqual(textOf(first.outputs[0].text).length, 3_000_001);
    deepStrictEqual(second.outputs.length, 1);
  });
});

Deno.test("parameters replace the literals that run, not the source", async () => {
  const declared = "const profile = 'desk';\nlet seeds: number = 3; // paired";
  const cells = [{ code: declared, tags: ["parameters"] }, "console.log(profile, seeds);"];
  await withNotebook(cells, async (path) => {
    await runNotebook(path, { parameters: { profile: "smoke", seeds: "1" } });
    const [first, second] = await cellsOf(path);
    strictEqual(textOf(first.source), declared);
    deepStrictEqual(second.outputs[0].text, ["smoke 1\n"]);
  });
});

Deno.test("an unknown parameter names the known ones", async () => {
  await withNotebook([{ code: "const seeds = 3;", tags: ["parameters"] }], async (path) => {
    await rejects(
      runNotebook(path, { parameters: { seed: "1" } }),
      new Problem('unknown parameter "seed" (known: seeds)'),
    );
  });
});

Deno.test("imports resolve from the notebook's folder", async () => {
  await withNotebook(["import { x } from './x.ts';\nx"], async (path, folder) => {
    await Deno.writeTextFile(join(folder, "x.ts"), "export const x = 42;\n");
    await runNotebook(path);
    deepStrictEqual((await cellsOf(path))[0].outputs[0].data, { "text/plain": ["42"] });
  });
});

Deno.test("the environment and an output elsewhere", async () => {
  await withNotebook(["Deno.env.get('GREETING')"], async (path, folder) => {
    const before = await Deno.readTextFile(path);
    const output = join(folder, "elsewhere", "ran.ipynb");
    await runNotebook(path, { environment: { GREETING: "hello" }, output });
    strictEqual(await Deno.readTextFile(path), before);
    deepStrictEqual((await cellsOf(output))[0].outputs[0].data, { "text/plain": ['"hello"'] });
  });
});

/** Runs a notebook whose second cell must fail, and whose third must not run. */
async function failing(
  code: string,
  check: (report: NotebookReport, text: string) => void,
  cellLimit = 30,
) {
  await withNotebook(["console.log('fine');", code, "console.log('never');"], async (path) => {
    const before = await Deno.readTextFile(path);
    const report = await runNotebook(path, { cellLimit });
    strictEqual(report.failure?.cell.number, 2);
    strictEqual(report.cells.length, 2);
    strictEqual(await Deno.readTextFile(path), before, "a failed run leaves the file as it was");
    check(report, failureText(report));
  });
}

Deno.test("failure: a cell that throws", async () => {
  await failing(
    "const a: number = 1;\nfunction f() {\n  throw new RangeError('deep');\n}\nf();",
    (_, text) => {
      match(text, /^notebook\.ipynb, cell 2: RangeError: deep$/m);
      match(text, /^> {2}3 │ {3}throw new RangeError/m);
      match(text, /^ +at f \(<anonymous>:3:/m);
    },
  );
});

Deno.test("failure: a syntax error", async () => {
  await failing("const a = 1;\nconst b = ;", (_, text) => {
    match(text, /cell 2: SyntaxError: Expression expected/);
    match(text, /^> {2}2 │ const b = ;$/m);
  });
});

Deno.test("failure: a promise that nobody handles", async () => {
  await failing("Promise.reject(new Error('floating'));\n1", ({ failure }) => {
    strictEqual(failure?.name, "Uncaught Error");
    strictEqual(failure?.message, "floating");
  });
});

Deno.test("failure: an exception in a timer, while a later line waits", async () => {
  const code =
    "setTimeout(() => {\n  throw new TypeError('timer');\n}, 50);\nawait new Promise(() => {});";
  await failing(code, ({ failure }, text) => {
    strictEqual(failure?.name, "Uncaught TypeError");
    strictEqual(failure?.message, "timer");
    match(text, /<anonymous>:2/);
    strictEqual(text.includes("ext:"), false);
  });
});

Deno.test("failure: the kernel's process ends", async () => {
  await failing("Deno.exit(7);", ({ failure }) => {
    strictEqual(failure?.name, "Kernel died");
    match(failure!.message, /exit code 7/);
  });
});

Deno.test("failure: the kernel is killed, with words on its stderr", async () => {
  const code =
    "new Deno.Command('sh', { args: ['-c', `echo last words >&2; kill -9 ${Deno.pid}`] }).spawn();\nawait new Promise(() => {});";
  await failing(code, ({ failure }, text) => {
    strictEqual(failure?.name, "Kernel died");
    match(text, /last words/);
  });
});

Deno.test("failure: a busy loop", async () => {
  await failing("while (true);", ({ failure }) => {
    strictEqual(failure?.name, "Cell limit");
    match(failure!.message, /1 s/);
  }, 1);
});

Deno.test("failure: an await that never settles", async () => {
  await failing("await new Promise(() => {});", ({ failure }) => {
    strictEqual(failure?.name, "Cell limit");
  }, 1);
});

Deno.test("a missing file, a file that is no notebook, another kernel", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "x.ipynb");
    await rejects(runNotebook(path), /no such notebook/);
    for (const content of ["{", "[]", "null", '{"nbformat":4}', '{"nbformat":3,"cells":[]}']) {
      await Deno.writeTextFile(path, content);
      await rejects(runNotebook(path), (error: Error) => {
        ok(error instanceof Problem);
        match(error.message, /is no notebook/);
        ok(!error.message.includes("\n"));
        return true;
      });
    }
  });
});

Deno.test("two runs of one notebook at once both end well", async () => {
  await withNotebook(["const x = 1;", "x + 1"], async (path) => {
    const reports = await Promise.all([runNotebook(path), runNotebook(path)]);
    deepStrictEqual(reports.map(({ failure }) => failure), [undefined, undefined]);
    strictEqual((await cellsOf(path))[1].outputs.length, 1);
  });
});

Deno.test("cells edited during the run are not overwritten", async () => {
  const edit = (path: string) =>
    `await Deno.writeTextFile(${JSON.stringify(path)}, (await Deno.readTextFile(${
      JSON.stringify(path)
    })).replace('old', 'new'));`;
  await withNotebook(["// old"], async (path, folder) => {
    const text = await Deno.readTextFile(path);
    const notebook = JSON.parse(text);
    notebook.cells[0].source += `\n${edit(path)}`;
    await Deno.writeTextFile(path, JSON.stringify(notebook));
    await rejects(runNotebook(path), /was edited while it ran/);
    match(await Deno.readTextFile(path), /\/\/ new/);
    strictEqual([...Deno.readDirSync(folder)].length, 1);
  });
});

Deno.test("an aborted run rejects and ends its kernel", async () => {
  await withNotebook(
    ["Deno.writeTextFileSync('pid', String(Deno.pid));\nwhile (true);"],
    async (path, folder) => {
      const controller = new AbortController();
      const run = runNotebook(path, { signal: controller.signal });
      const pid = await untilRead(join(folder, "pid"));
      controller.abort(new Problem("interrupted"));
      await rejects(run, /interrupted/);
      ok(!isAlive(Number(pid)));
    },
  );
});

Deno.test("a kernel ends by itself when its runner is killed", async () => {
  const code = "Deno.writeTextFileSync('pid', String(Deno.pid));\nawait new Promise(() => {});";
  await withNotebook([code], async (path, folder) => {
    const module = new URL("../../lib/notebook/runner.ts", import.meta.url).href;
    const script = join(folder, "run.ts");
    const call = `runNotebook(${JSON.stringify(path)})`;
    await Deno.writeTextFile(script, `import { runNotebook } from "${module}";\nawait ${call};\n`);
    const config = new URL("../../deno.json", import.meta.url).pathname;
    const args = ["run", "-A", "--no-check", "--config", config, script];
    const runner = new Deno.Command(Deno.execPath(), { args, stdin: "null" }).spawn();
    const pid = Number(await untilRead(join(folder, "pid")));
    runner.kill("SIGKILL");
    await runner.status;
    for (let i = 0; i < 100 && isAlive(pid); i++) await pause(100);
    ok(!isAlive(pid));
  });
});
