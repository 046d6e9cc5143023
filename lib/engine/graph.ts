/** A TensorFlow function under construction: operations become nodes, values stay unknown. */
import { setAttributes } from "./attributes.ts";
import { planCasts } from "./autocast.ts";
import { cString, type Pointer } from "./capi.ts";
import { DType } from "./dtypes.ts";
import { adopt, type Attribute, attributesOf, type Metadata, type Native } from "./native.ts";
import { groupInputs } from "./op_defs.ts";
import type { Traced } from "./trace.ts";

/** An output of a node. */
export interface Symbol {
  op: Pointer;
  index: number;
  shape: number[];
  dtype: number;
  /** What made it, for messages: an argument's path or an operation's name. */
  origin: string;
}

/** A node as it was added: what profile.ts runs by itself. */
export interface Recorded {
  name: string;
  attributes: Attribute[];
  inputs: Symbol[];
  outputs: Symbol[];
  /** What it waits for. */
  earlier?: Symbol;
  /** A constant's values, by the id of an eager tensor. */
  value?: number;
}

/** A graph under construction. */
export interface Graph {
  readonly native: Native;
  readonly pointer: Pointer;
  readonly precision: "fp32" | "bf16";
  /** Whether XLA will compile it. */
  readonly xla: boolean;
  /** The functions that it calls, see trace.ts. */
  readonly parts: Traced[];
  /** Symbolic tensors by the ids that tfjs knows. */
  readonly symbols: Map<number, Symbol>;
  /** Casts made so far, by what was cast: a weight used twice is cast once. */
  readonly casts: Map<string, Symbol>;
  /** All nodes but arguments, in order, where somebody wants to run them one by one. */
  readonly recorded?: Recorded[];
  nodes: number;
}

/** An empty graph; {@link deleteGraph} frees it. */
export function newGraph(
  native: Native,
  options: { precision: "fp32" | "bf16"; xla: boolean; recorded?: Recorded[] },
): Graph {
  const pointer = native.api.call.TF_NewGraph()!;
  return { native, pointer, ...options, parts: [], symbols: new Map(), casts: new Map(), nodes: 0 };
}

/** Frees a graph. */
export function deleteGraph({ native, pointer }: Graph): void {
  native.api.call.TF_DeleteGraph(pointer);
}

/** An argument of the function: its symbol, and what operations take, always float32 in fp32. */
export function addPlaceholder(
  graph: Graph,
  { shape, dtype, origin }: { shape: number[]; dtype: number; origin: string },
): { argument: Symbol; metadata: Metadata } {
  const { api } = graph.native;
  const op = addNode(graph, "Placeholder", (node) => {
    api.call.TF_SetAttrType(node, cString("dtype"), dtype);
    api.call.TF_SetAttrShape(
      node,
      cString("shape"),
      BigInt64Array.from(shape, BigInt),
      shape.length,
    );
  });
  const argument = { op, index: 0, shape, dtype, origin };
  // Part of a function in bfloat16, it may be given a value of that type.
  const low = dtype === DType.bfloat16 && graph.precision === "fp32";
  const used = low ? cast(graph, argument, DType.float32) : argument;
  return { argument, metadata: register(graph, used) };
}

/** A constant; takes a TF_Tensor that the caller deletes. */
export function addConstant(
  graph: Graph,
  tensor: Pointer,
  { shape, dtype }: { shape: number[]; dtype: number },
): Metadata {
  const { api } = graph.native;
  const op = addNode(graph, "Const", (node) => {
    api.call.TF_SetAttrTensor(node, cString("value"), tensor, api.status);
    api.check("constant");
    api.call.TF_SetAttrType(node, cString("dtype"), dtype);
  });
  const symbol = { op, index: 0, shape, dtype, origin: "a constant" };
  if (graph.recorded) {
    const value = adopt(graph.native, api.call.TFE_NewTensorHandle(tensor, api.status)!);
    graph.recorded.push({ name: "Const", attributes: [], inputs: [], outputs: [symbol], value });
  }
  return register(graph, symbol);
}

/** An operation; its outputs' shapes come from TensorFlow's own shape inference. */
export function addOperation(
  graph: Graph,
  name: string,
  attributes: Attribute[],
  inputs: Symbol[],
  outputs: number,
): Metadata[] {
  const { api, opDefs } = graph.native;
  const definition = opDefs.get(name);
  if (!definition) throw new Error(`TensorFlow ${api.version} has no operation ${name}`);
  if (graph.precision === "bf16") {
    const plan = planCasts(name, definition, inputs.map((input) => input.dtype));
    inputs = inputs.map((input, i) => cast(graph, input, plan.inputs[i]));
    const { type } = plan;
    if (type) attributes = attributes.map((a) => a.name === "T" ? { ...a, value: type } : a);
  }
  const op = addNode(graph, name, (node) => {
    for (const input of groupInputs(name, definition, inputs, attributes)) {
      if (Array.isArray(input)) {
        api.call.TF_AddInputList(node, outputStructs(input), input.length);
      } else {
        api.call.TF_AddInput(node, outputStruct(input));
      }
    }
    setAttributes(api, "graph", node, name, definition, attributes);
  });
  const results = Array.from({ length: outputs }, (_, index) => {
    const { shape, dtype } = infer(graph, outputStruct({ op, index }));
    return { op, index, shape, dtype, origin: name };
  });
  graph.recorded?.push({ name, attributes, inputs, outputs: results });
  return results.map((result) => register(graph, result));
}

/** The same value, which whoever uses it gets when `earlier` has been computed. */
export function addDelay(graph: Graph, input: Symbol, earlier: Symbol): Metadata {
  const { call } = graph.native.api;
  const op = addNode(graph, "Identity", (node) => {
    call.TF_AddInput(node, outputStruct(input));
    call.TF_AddControlInput(node, earlier.op);
    call.TF_SetAttrType(node, cString("T"), input.dtype);
  });
  const result = { ...input, op, index: 0 };
  const attributes = attributesOf({ T: input.dtype });
  const recorded = { name: "Identity", attributes, inputs: [input], outputs: [result] };
  graph.recorded?.push({ ...recorded, earlier });
  return register(graph, result);
}

/** The same value in another float type. */
export function cast(graph: Graph, input: Symbol, dtype: number): Symbol {
  if (input.dtype === dtype) return input;
  const key = `${Deno.UnsafePointer.value(input.op)}:${input.index}:${dtype}`;
  const known = graph.casts.get(key);
  if (known) return known;
  const { call } = graph.native.api;
  const op = addNode(graph, "Cast", (node) => {
    call.TF_AddInput(node, outputStruct(input));
    call.TF_SetAttrType(node, cString("SrcT"), input.dtype);
    call.TF_SetAttrType(node, cString("DstT"), dtype);
  });
  const result = { ...input, op, index: 0, dtype };
  graph.casts.set(key, result);
  const attributes = attributesOf({ SrcT: input.dtype, DstT: dtype });
  graph.recorded?.push({ name: "Cast", attributes, inputs: [input], outputs: [result] });
  return result;
}

/** Makes the graph a function of TensorFlow's context, callable by name until it is removed. */
export function addFunction(graph: Graph, name: string, inputs: Symbol[], outputs: Symbol[]): void {
  const { native: { api, functions }, pointer } = graph;
  const results = outputs.map((output) =>
    output.dtype === DType.bfloat16 ? cast(graph, output, DType.float32) : output
  );
  const made = api.call.TF_GraphToFunction(
    ...[pointer, cString(name), 0, -1, null, inputs.length, outputStructs(inputs)] as const,
    ...[results.length, outputStructs(results), null, null, null, api.status] as const,
  );
  api.check("could not make a function of the trace");
  api.call.TFE_ContextAddFunction(api.context, made, api.status);
  api.call.TF_DeleteFunction(made); // the context keeps its own copy
  api.check("could not add the traced function");
  functions.add(name);
}

/** Takes a function out of TensorFlow's context, with all that was compiled for it. */
export function removeFunction({ api, functions }: Native, name: string): void {
  functions.delete(name);
  api.call.TFE_ContextRemoveFunction(api.context, cString(name), api.status);
  api.check("could not remove a traced function");
}

function addNode(graph: Graph, type: string, build: (node: Pointer) => void): Pointer {
  const { native: { api }, pointer } = graph;
  const node = api.call.TF_NewOperation(pointer, cString(type), nodeName(graph.nodes++))!;
  let failure: unknown;
  try {
    build(node);
  } catch (error) {
    failure = error; // the description must be finished all the same: that frees it
  }
  const op = api.call.TF_FinishOperation(node, api.status);
  if (failure) throw failure;
  api.check(type);
  return op!;
}

const nodeName = (n: number) => cString(`n${n}`);

/** What tfjs is told of a symbol: of bfloat16, that it is float32. */
export function register({ symbols, native }: Graph, symbol: Symbol): Metadata {
  const id = native.newId();
  symbols.set(id, symbol);
  const { shape, dtype } = symbol;
  return { id, shape, dtype: dtype === DType.bfloat16 ? DType.float32 : dtype };
}

function infer({ native: { api }, pointer }: Graph, output: Uint8Array<ArrayBuffer>) {
  const dtype = api.call.TF_OperationOutputType(output);
  const rank = api.call.TF_GraphGetTensorNumDims(pointer, output, api.status);
  api.check("shape inference");
  if (rank < 0) return { shape: [-1], dtype };
  const shape = new BigInt64Array(rank);
  if (rank > 0) api.call.TF_GraphGetTensorShape(pointer, output, shape, rank, api.status);
  api.check("shape inference");
  return { shape: Array.from(shape, Number), dtype };
}

/** TF_Output by value: the operation's address, the index, padding. */
function outputStruct({ op, index }: { op: Pointer; index: number }): Uint8Array<ArrayBuffer> {
  return outputStructs([{ op, index }]);
}

function outputStructs(symbols: { op: Pointer; index: number }[]): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(16 * symbols.length));
  symbols.forEach(({ op, index }, i) => {
    view.setBigUint64(16 * i, BigInt(Deno.UnsafePointer.value(op)), true);
    view.setInt32(16 * i + 8, index, true);
  });
  return new Uint8Array(view.buffer);
}
