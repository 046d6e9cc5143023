/** Starts the engine once per process: TensorFlow, or WebGPU where `ENGINE=webgpu` asks for it. */
import { Problem } from "../base/problem.ts";
import type { Backend } from "./backend.ts";
import { registerBackend } from "./backend.ts";
import type { Tracing } from "./binding.ts";
import { listDevices } from "./capi.ts";
import { installTensorFlow } from "./install.ts";
import { type Native, openNative } from "./native.ts";
import { tf } from "./tfjs.ts";
import { startWebGpu } from "./webgpu.ts";

/** The TensorFlow engine and what is being traced in it. */
export interface TensorFlowEngine {
  readonly name: "tensorflow";
  readonly version: string;
  readonly devices: string[];
  readonly native: Native;
  readonly backend: Backend;
  readonly tracing: Tracing;
}

/** tfjs on WebGPU: the same code without jit. */
export interface WebGpuEngine {
  readonly name: "webgpu";
  readonly version: string;
  readonly devices: string[];
}

/** The engine of this process. */
export const engine: TensorFlowEngine | WebGpuEngine = await start();

async function start(): Promise<TensorFlowEngine | WebGpuEngine> {
  const name = Deno.env.get("ENGINE") || "tensorflow";
  if (name === "webgpu") return { name, version: tf.version_core, ...await startWebGpu() };
  if (name !== "tensorflow") {
    throw new Problem(`ENGINE=${name}: there is no such engine; use tensorflow or webgpu`);
  }
  const native = openNative(await installTensorFlow());
  const tracing: Tracing = {};
  const backend = await registerBackend(native, tracing);
  const { version } = native.api;
  return { name, version, devices: listDevices(native.api), native, backend, tracing };
}

/** What a report says of the engine. */
export function engineInfo(): { name: string; version: string; devices: string[] } {
  const { name, version, devices } = engine;
  return { name, version, devices };
}

/** Tensors alive: tfjs's, and the native handles beneath them. Equal before and after: no leak. */
export function liveTensors(): { tensors: number; handles: number } {
  const handles = engine.name === "tensorflow" ? engine.native.handles.size : 0;
  return { tensors: tf.memory().numTensors, handles };
}
