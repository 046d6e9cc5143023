/** Runs operations and traced functions at once, and moves values in and out of the engine. */
import { setAttributes } from "./attributes.ts";
import { checkStatus, cString, memory, type Pointer } from "./capi.ts";
import { bytesPerElement, DType, dtypeName, fromBytes, toBytes } from "./dtypes.ts";
import {
  adopt,
  type Attribute,
  attributesOf,
  type Metadata,
  type Native,
  release,
} from "./native.ts";
import { groupInputs } from "./op_defs.ts";

/** Runs an operation; returns what its outputs look like. */
export function execute(native: Native, ...operation: Operation): Metadata[] {
  return call(native, ...operation).map((id) => describe(native, id, operation[0]));
}

/**
 * An operation or traced function by name, its attributes, inputs by id, number of outputs. List
 * inputs may be given as arrays; where none is, the definition says how the inputs are grouped.
 */
export type Operation = [
  name: string,
  attributes: Attribute[],
  inputs: (number | number[])[],
  outputs: number,
];

/** Runs an operation or a traced function; returns the ids of its outputs. */
export function call(native: Native, ...[name, attributes, inputs, outputs]: Operation): number[] {
  const { api } = native;
  const op = newOp(native, name, attributes, inputs);
  const results = new BigUint64Array(outputs);
  const count = Int32Array.of(outputs);
  try {
    api.call.TFE_Execute(op, results, count, api.status);
    api.check(name);
  } finally {
    api.call.TFE_DeleteOp(op);
  }
  return take(native, results, count[0]);
}

/**
 * The same on another thread: the event loop goes on. The inputs' handles may be released at once,
 * the operation holds its own references.
 */
export async function callAsync(
  native: Native,
  ...[name, attributes, inputs, outputs]: Operation
): Promise<number[]> {
  const { call } = native.api;
  const op = newOp(native, name, attributes, inputs);
  // Calls overlap, so each has its own status and buffers, kept until its promise settles.
  const status = call.TF_NewStatus()!;
  const results = new BigUint64Array(outputs);
  const count = Int32Array.of(outputs);
  try {
    await call.executeNonblocking(op, results, count, status);
    checkStatus(call, status, name);
    return take(native, results, count[0]);
  } finally {
    call.TFE_DeleteOp(op);
    call.TF_DeleteStatus(status);
  }
}

function newOp(
  native: Native,
  name: string,
  attributes: Attribute[],
  inputs: Operation[2],
): Pointer {
  const { api, opDefs } = native;
  const definition = opDefs.get(name);
  const op = api.call.TFE_NewOp(api.context, cString(name), api.status);
  api.check(name);
  try {
    const handles = inputs.map((input) =>
      Array.isArray(input)
        ? input.map((id) => handleOf(native, id, name))
        : handleOf(native, input, name)
    );
    const grouped = !definition || inputs.some(Array.isArray);
    const split = grouped
      ? handles
      : groupInputs(name, definition, handles as Pointer[], attributes);
    for (const input of split) {
      if (Array.isArray(input)) {
        const pointers = BigUint64Array.from(input, (h) => Deno.UnsafePointer.value(h));
        api.call.TFE_OpAddInputList(op, pointers, input.length, api.status);
      } else {
        api.call.TFE_OpAddInput(op, input, api.status);
      }
      api.check(name);
    }
    setAttributes(api, "eager", op!, name, definition, attributes);
    return op!;
  } catch (error) {
    api.call.TFE_DeleteOp(op);
    throw error;
  }
}

function handleOf({ handles }: Native, id: number, use: string): Pointer {
  const handle = handles.get(id);
  if (handle) return handle;
  throw new Error(
    `${use}: this tensor no longer exists, or was made while tracing a jitted function: ` +
      "return it from that function",
  );
}

function take(native: Native, results: BigUint64Array, count: number): number[] {
  return Array.from(
    results.subarray(0, count),
    (value) => adopt(native, Deno.UnsafePointer.create(value)!),
  );
}

/** What an eager tensor looks like; `use` says in an error what wanted to know. */
export function describe(native: Native, id: number, use: string): Metadata {
  const { call, status, check } = native.api;
  const handle = handleOf(native, id, use);
  const rank = call.TFE_TensorHandleNumDims(handle, status);
  check("shape");
  const shape = Array.from(
    { length: rank },
    (_, axis) => Number(call.TFE_TensorHandleDim(handle, axis, status)),
  );
  return { id, shape, dtype: call.TFE_TensorHandleDataType(handle) };
}

/** Values as tfjs holds them: numbers, or the bytes of strings. */
export type Values = ArrayLike<number | boolean> | (Uint8Array | string)[];

/** A TF_Tensor with a copy of the values; the caller deletes it. */
export function newTensor(
  { api: { call } }: Native,
  shape: number[],
  dtype: number,
  values: Values,
): Pointer {
  // Everything that can fail comes before the allocation.
  const strings = dtype === DType.string ? values as (Uint8Array | string)[] : undefined;
  const bytes = strings ? undefined : toBytes(dtype, values as ArrayLike<number>);
  const given = strings ? strings.length * tstringBytes : bytes!.length;
  const elements = shape.reduce((product, length) => product * length, 1);
  const size = elements * (strings ? tstringBytes : bytesPerElement[dtype]);
  if (given !== size) {
    const what = strings ? `${strings.length} strings` : `${given} bytes`;
    throw new Error(`${what} given for [${shape}] ${dtypeName(dtype)}`);
  }
  const dimensions = BigInt64Array.from(shape, BigInt);
  const tensor = call.TF_AllocateTensor(dtype, dimensions, shape.length, BigInt(size))!;
  const data = call.TF_TensorData(tensor);
  if (strings) writeStrings(call, data, strings);
  else memory(data, size).set(bytes!);
  return tensor;
}

/** An eager tensor with a copy of the values. */
export function upload(native: Native, shape: number[], dtype: number, values: Values): number {
  const { api } = native;
  const tensor = newTensor(native, shape, dtype, values);
  try {
    const handle = api.call.TFE_NewTensorHandle(tensor, api.status);
    api.check("could not create a tensor");
    const id = adopt(native, handle!);
    return dtype === DType.string ? ownedStrings(native, id) : id;
  } finally {
    api.call.TF_DeleteTensor(tensor);
  }
}

/**
 * A copy of strings that frees itself. TF_DeleteTensor frees those that came from here, but only
 * where nothing else holds the tensor then: no handle, and no call that is under way.
 */
function ownedStrings(native: Native, id: number): number {
  try {
    return call(native, "StringJoin", attributesOf({ separator: "" }), [[id]], 1)[0];
  } finally {
    release(native, id);
  }
}

/** A copy of an eager tensor's values. */
export function download(native: Native, id: number): ArrayBufferView | Uint8Array[] {
  const { api } = native;
  const { call } = api;
  const handle = handleOf(native, id, "reading");
  const tensor = call.TFE_TensorHandleResolve(handle, api.status);
  api.check("could not read a tensor");
  try {
    const dtype = call.TFE_TensorHandleDataType(handle);
    const data = call.TF_TensorData(tensor);
    if (dtype === DType.string) {
      return readStrings(call, data, Number(call.TF_TensorElementCount(tensor)));
    }
    return fromBytes(dtype, memory(data, Number(call.TF_TensorByteSize(tensor))));
  } finally {
    call.TF_DeleteTensor(tensor);
  }
}

const tstringBytes = 24; // sizeof(TF_TString)

function stringAt(data: Deno.PointerValue, i: number): Deno.PointerValue {
  return Deno.UnsafePointer.offset(data!, i * tstringBytes);
}

function writeStrings(
  call: Native["api"]["call"],
  data: Deno.PointerValue,
  values: (Uint8Array | string)[],
): void {
  values.forEach((value, i) => {
    const bytes = typeof value === "string" ? new TextEncoder().encode(value) : value;
    const target = stringAt(data, i);
    call.TF_StringInit(target);
    call.TF_StringCopy(target, bytes as Uint8Array<ArrayBuffer>, BigInt(bytes.length));
  });
}

function readStrings(
  call: Native["api"]["call"],
  data: Deno.PointerValue,
  count: number,
): Uint8Array[] {
  return Array.from({ length: count }, (_, i) => {
    const source = stringAt(data, i);
    const size = Number(call.TF_StringGetSize(source));
    return memory(call.TF_StringGetDataPointer(source), size).slice();
  });
}
