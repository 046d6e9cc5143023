/** `deno task setup`: finds or fetches TensorFlow's C library and lists the devices. */
import { dirname } from "@std/path";
import { runTask } from "../base/problem.ts";
import { installTensorFlow } from "../engine/install.ts";

await runTask(async () => {
  if (Deno.env.get("ENGINE") === "webgpu") {
    console.log("ENGINE=webgpu: TensorFlow is not needed, nothing to set up");
    return;
  }
  const { core, source } = await installTensorFlow();
  const { engineInfo } = await import("../engine/mod.ts"); // starts the engine
  const { version, devices } = engineInfo();
  console.log(`TensorFlow ${version} (${source}: ${dirname(core)}) on ${devices.join(", ")}`);
});
