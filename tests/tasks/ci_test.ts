import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { delimiter, join } from "@std/path";
import { runCommand } from "./run_task.ts";

/** Runs .ci/run with an npx that prints `text` and exits with a code, for each task. */
async function ci(tasks: Record<"test" | "reproduce", { text: string; code: number }>) {
  const folder = await Deno.makeTempDir({ prefix: "semantic-pairs-test-" });
  try {
    const branches = Object.entries(tasks).map(([name, { text, code }]) =>
      `if [ "$*" = "-y deno@2.9.6 task ${name}${
        name === "reproduce" ? " --profile smoke" : ""
      }" ]` +
      `; then echo "${text}"; exit ${code}; fi\n`
    );
    await Deno.writeTextFile(join(folder, "npx"), `#!/bin/sh\n${branches.join("")}exit 99\n`);
    const there = ["chromium", "slurmctld"]; // nothing to install
    for (const name of there) await Deno.writeTextFile(join(folder, name), "#!/bin/sh\n");
    for (const name of ["npx", ...there]) await Deno.chmod(join(folder, name), 0o755);
    const PATH = folder + delimiter + Deno.env.get("PATH");
    const { code, stdout } = await runCommand(join(".ci", "run"), [], { PATH });
    return { code, lines: stdout.trim().split("\n") };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const passed = { text: "ok | 123 passed (4 steps) | 0 failed | 1 ignored (5s)", code: 0 };
const reproduced = { text: "figure written", code: 0 };
const ignore = Deno.build.os === "windows"; // a bash script

Deno.test({
  name: ".ci/run: tests, then the notebooks, then the count alone on a line",
  ignore,
  fn: async () => {
    const { code, lines } = await ci({ test: passed, reproduce: reproduced });
    strictEqual(code, 0);
    deepStrictEqual(lines, [passed.text, reproduced.text, "123 passed, 0 failed"]);
  },
});

Deno.test({
  name: ".ci/run: a failing test is counted, keeps its exit code and ends the run",
  ignore,
  fn: async () => {
    const failed = { text: "FAILED | 7 passed | 2 failed (1s)", code: 3 };
    const { code, lines } = await ci({ test: failed, reproduce: reproduced });
    strictEqual(code, 3);
    deepStrictEqual(lines, [failed.text, "7 passed, 2 failed"]);
  },
});

Deno.test({
  name: ".ci/run: a failure outside the unit tests counts as one",
  ignore,
  fn: async () => {
    const unformatted = { text: "error: Found 1 not formatted file", code: 1 };
    const before = await ci({ test: unformatted, reproduce: reproduced });
    deepStrictEqual([before.code, before.lines.at(-1)], [1, "0 passed, 1 failed"]);

    const broken = { text: "error: cell 3 of a notebook failed", code: 2 };
    const after = await ci({ test: passed, reproduce: broken });
    deepStrictEqual([after.code, after.lines.at(-1)], [2, "123 passed, 1 failed"]);
  },
});
