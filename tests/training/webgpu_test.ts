import { strictEqual } from "node:assert/strict";
import { join } from "@std/path";

Deno.test("on WebGPU the same step has torch's losses, weights and statistics", async () => {
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", join(import.meta.dirname!, "webgpu_child.ts")],
    env: { ENGINE: "webgpu", NO_COLOR: "1" },
  }).output();
  const [out, error] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes).trim());
  if (/no WebGPU adapter/.test(error)) {
    return console.warn("no WebGPU here, not even a software one: its step is not seen");
  }
  strictEqual(out, "webgpu", error);
});
