/**
 * The binding that tfjs-node's kernels call, on TensorFlow's C API.
 *
 * While a {@link Graph} is being traced, operations become its nodes instead of being run, tensors
 * made of values become its constants, and reading a value is an error.
 */
import type { TFEOpAttr, TFJSBinding } from "@tensorflow/tfjs-node-gpu/dist/tfjs_binding.d.ts";
import { listDevices } from "./capi.ts";
import { DType, dtypeName } from "./dtypes.ts";
import { describe, download, execute, newTensor, upload, type Values } from "./eager.ts";
import { addConstant, addOperation, type Graph, type Symbol } from "./graph.ts";
import { type Attribute, type Native, release } from "./native.ts";

/** Where operations go at the moment: into a graph, or at once to the engine. */
export interface Tracing {
  graph?: Graph;
}

/** tfjs-node's numbers for the kinds of attributes (TF_AttrType). */
const attributeKinds = {
  TF_ATTR_STRING: 0,
  TF_ATTR_INT: 1,
  TF_ATTR_FLOAT: 2,
  TF_ATTR_BOOL: 3,
  TF_ATTR_TYPE: 4,
  TF_ATTR_SHAPE: 5,
  TF_ATTR_RESOURCE: 6,
};

/** Makes the binding of an engine. */
export function makeBinding(native: Native, tracing: Tracing): TFJSBinding {
  const gpu = listDevices(native.api).some((device) => device.startsWith("GPU"));
  return {
    ...attributeKinds,
    TF_FLOAT: DType.float32,
    TF_INT32: DType.int32,
    TF_INT64: DType.int64,
    TF_BOOL: DType.bool,
    TF_COMPLEX64: DType.complex64,
    TF_STRING: DType.string,
    TF_RESOURCE: DType.resource,
    TF_UINT8: DType.uint8,
    TF_Version: native.api.version,
    TensorMetadata: class {} as TFJSBinding["TensorMetadata"],
    TFEOpAttr: class {} as TFJSBinding["TFEOpAttr"],
    isUsingGpuDevice: () => gpu,
    getNumOfTensors: () => native.handles.size,
    createTensor: (shape, dtype, values) => createTensor(native, tracing, shape, dtype, values),
    deleteTensor: (id) => {
      if (!tracing.graph?.symbols.has(id)) release(native, id);
    },
    tensorDataSync: (id) => {
      const symbol = tracing.graph?.symbols.get(id);
      if (symbol) throw readWhileTracing(symbol);
      return download(native, id) as Float32Array;
    },
    executeOp: (name: string, attributes: TFEOpAttr[], inputs: number[], outputs: number) => {
      const { graph } = tracing;
      if (!graph) return execute(native, name, attributes as Attribute[], inputs, outputs);
      const symbols = inputs.map((id) => graph.symbols.get(id) ?? captured(native, id, name));
      return addOperation(graph, name, attributes as Attribute[], symbols, outputs);
    },
    getNumOfSavedModels: () => 0,
    loadSavedModel: savedModels,
    deleteSavedModel: savedModels,
    runSavedModel: savedModels,
  };
}

function createTensor(
  native: Native,
  { graph }: Tracing,
  shape: number[],
  dtype: number,
  values: unknown,
): number {
  if (!graph) return upload(native, shape, dtype, values as Values);
  const tensor = newTensor(native, shape, dtype, values as Values);
  try {
    return addConstant(graph, tensor, { shape, dtype }).id;
  } finally {
    native.api.call.TF_DeleteTensor(tensor);
  }
}

function readWhileTracing({ origin }: Symbol): Error {
  return new Error(
    `jit: the value of ${origin} is read inside a jitted function, where it is not known yet: ` +
      "use tensor operations instead, or read it outside and pass the result",
  );
}

function captured(native: Native, id: number, use: string): never {
  const { shape, dtype } = describe(native, id, use);
  throw capturedError(shape, dtypeName(dtype), use);
}

/** What to say of a tensor that a jitted function uses but was not given. */
export function capturedError(shape: number[], dtype: string, use: string): Error {
  return new Error(
    `jit: ${use} uses a captured tensor, ${dtype} [${shape}], that is not an argument: ` +
      "pass it as an argument, or make it inside the function",
  );
}

function savedModels(): never {
  throw new Error("SavedModels are not supported by this engine: use tf.loadGraphModel");
}
