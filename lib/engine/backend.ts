/** Registers tfjs-node's backend on our binding. */
import util from "node:util";
import { NodeJSKernelBackend } from "@tensorflow/tfjs-node-gpu/dist/nodejs_kernel_backend.js";
import { capturedError, makeBinding, type Tracing } from "./binding.ts";
import type { Metadata, Native } from "./native.ts";
import { tf } from "./tfjs.ts";

/** tfjs-node's backend, with the parts that its types hide and the engine needs. */
export interface Backend {
  /** Whether operations run on a GPU. */
  isUsingGpuDevice: boolean;
  /** What the backend knows of a tensor: its type is TensorFlow's own, which tfjs may not have. */
  tensorMap: { get(id: object): { values: unknown; dtype: number } };
  getInputTensorIds(tensors: tf.TensorInfo[]): number[];
  createOutputTensor(metadata: Metadata): tf.Tensor;
  executeSingleOutput(name: string, attributes: unknown[], inputs: tf.TensorInfo[]): tf.Tensor;
  executeMultipleOutputs(
    name: string,
    attributes: unknown[],
    inputs: tf.TensorInfo[],
    outputs: number,
  ): tf.Tensor[];
}

/** Registers the backend as `tensorflow` and makes it the current one. */
export async function registerBackend(native: Native, tracing: Tracing): Promise<Backend> {
  restoreRemovedNodeFunctions();
  const backend = watchForCaptures(
    new NodeJSKernelBackend(
      makeBinding(native, tracing),
      "@tensorflow/tfjs-node-gpu",
    ),
    tracing,
  );
  tf.registerBackend("tensorflow", () => backend as unknown as tf.KernelBackend, 3);
  await import("@tensorflow/tfjs-node-gpu/dist/register_all_kernels.js");
  await tf.setBackend("tensorflow");
  return backend;
}

/** tfjs-node 4.22 calls functions that Node 23 dropped. */
function restoreRemovedNodeFunctions(): void {
  const old = util as unknown as Record<string, unknown>;
  old.isNullOrUndefined ??= (value: unknown) => value === null || value === undefined;
  old.isArray ??= Array.isArray;
}

/**
 * tfjs uploads values when a tensor is first used. A tensor made outside a jitted function and first
 * used inside would silently become a constant of it; this notices.
 */
function watchForCaptures(original: NodeJSKernelBackend, tracing: Tracing): Backend {
  const bornInTrace = new WeakSet<object>();
  const backend = original as unknown as Backend & {
    move(dataId: object, ...rest: unknown[]): void;
  };
  const { move, getInputTensorIds } = backend;
  backend.move = function (dataId, ...rest) {
    if (tracing.graph) bornInTrace.add(dataId);
    move.call(this, dataId, ...rest);
  };
  backend.getInputTensorIds = function (tensors) {
    for (const tensor of tracing.graph ? tensors : []) {
      if (!("dataId" in tensor) || bornInTrace.has(tensor.dataId)) continue;
      if (this.tensorMap.get(tensor.dataId)?.values == null) continue;
      throw capturedError(tensor.shape, tensor.dtype, "the function");
    }
    return getInputTensorIds.call(this, tensors);
  };
  return backend;
}
