/** tfjs on WebGPU, in Deno: `ENGINE=webgpu`. The same code without jit; read with `await data()`. */
import { Problem } from "../base/problem.ts";
import { tf } from "./tfjs.ts";

/** Makes tfjs's WebGPU backend on a device of Deno's and makes it the current one. */
export async function startWebGpu(): Promise<{ devices: string[] }> {
  const adapter = await navigator.gpu?.requestAdapter();
  if (!adapter) {
    throw new Problem(
      "ENGINE=webgpu: no WebGPU adapter found; install a GPU driver (a software one: Debian's " +
        "mesa-vulkan-drivers), or unset ENGINE",
    );
  }
  const { maxStorageBufferBindingSize, maxBufferSize, maxComputeWorkgroupStorageSize } =
    adapter.limits;
  const device = await adapter.requestDevice({
    requiredLimits: { maxStorageBufferBindingSize, maxBufferSize, maxComputeWorkgroupStorageSize },
  });
  // Imported late: it registers kernels, and asks for an adapter only when its own factory runs.
  const { WebGPUBackend } = await import("@tensorflow/tfjs-backend-webgpu");
  tf.registerBackend("webgpu-deno", () => new WebGPUBackend(device, adapter.info), 3);
  for (const kernel of tf.getKernelsForBackend("webgpu")) {
    tf.registerKernel({ ...kernel, backendName: "webgpu-deno" });
  }
  await tf.setBackend("webgpu-deno");
  const { description, vendor, architecture } = adapter.info;
  return { devices: [description || [vendor, architecture].filter(Boolean).join(" ") || "GPU"] };
}
