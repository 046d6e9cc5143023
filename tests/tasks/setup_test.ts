import { match, strictEqual } from "node:assert/strict";
import { runTask } from "./run_task.ts";

Deno.test({
  name: "setup: one line with the engine's version, source and devices",
  ignore: Deno.env.get("ENGINE") === "webgpu",
  fn: async () => {
    const { code, stdout } = await runTask("setup");
    strictEqual(code, 0);
    match(stdout, /^TensorFlow 2\.\d+\.\d+ \((environment|cache|python): .+\) on .*CPU.*\n$/);
  },
});

Deno.test("setup: has nothing to do for WebGPU, and says so", async () => {
  const { code, stdout } = await runTask("setup", [], { ENGINE: "webgpu" });
  strictEqual(code, 0);
  match(stdout, /^ENGINE=webgpu: TensorFlow is not needed.*\n$/);
});

Deno.test("setup: a wrong folder is one line on stderr and exit code 1", async () => {
  const env = { ENGINE: "", SEMANTIC_PAIRS_TENSORFLOW: "/nowhere" };
  const { code, stdout, stderr } = await runTask("setup", [], env);
  strictEqual(code, 1);
  strictEqual(stdout, "");
  match(stderr, /^error: SEMANTIC_PAIRS_TENSORFLOW is \/nowhere.*\n$/);
});
