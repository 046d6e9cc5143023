/**
 * TensorFlow's C API: one typed table of its symbols, statuses as exceptions.
 * Nothing above the engine folder knows that this exists.
 */
import { messageOf, Problem } from "../base/problem.ts";

const p = "pointer", b = "buffer", i32 = "i32", i64 = "i64", none = "void", size = "usize";
const output = { struct: ["pointer", "i32"] } as const; // TF_Output: an operation and an index

const symbols = {
  TF_Version: { parameters: [], result: p },
  TF_NewStatus: { parameters: [], result: p },
  TF_DeleteStatus: { parameters: [p], result: none },
  TF_GetCode: { parameters: [p], result: i32 },
  TF_Message: { parameters: [p], result: p },
  TF_SetStatus: { parameters: [p, i32, b], result: none },
  TF_GetAllOpList: { parameters: [], result: p },
  TF_DeleteBuffer: { parameters: [p], result: none },

  TFE_NewContextOptions: { parameters: [], result: p },
  TFE_ContextOptionsSetDevicePlacementPolicy: { parameters: [p, i32], result: none },
  TFE_DeleteContextOptions: { parameters: [p], result: none },
  TFE_NewContext: { parameters: [p, p], result: p },
  TFE_ContextListDevices: { parameters: [p, p], result: p },
  TFE_ContextAddFunction: { parameters: [p, p, p], result: none },
  TFE_ContextRemoveFunction: { parameters: [p, b, p], result: none },
  TF_DeviceListCount: { parameters: [p], result: i32 },
  TF_DeviceListName: { parameters: [p, i32, p], result: p },
  TF_DeleteDeviceList: { parameters: [p], result: none },

  TFE_NewOp: { parameters: [p, b, p], result: p },
  TFE_DeleteOp: { parameters: [p], result: none },
  TFE_OpAddInput: { parameters: [p, p, p], result: none },
  TFE_OpAddInputList: { parameters: [p, b, i32, p], result: none },
  TFE_OpSetAttrString: { parameters: [p, b, b, size], result: none },
  TFE_OpSetAttrInt: { parameters: [p, b, i64], result: none },
  TFE_OpSetAttrFloat: { parameters: [p, b, "f32"], result: none },
  TFE_OpSetAttrBool: { parameters: [p, b, "u8"], result: none },
  TFE_OpSetAttrType: { parameters: [p, b, i32], result: none },
  TFE_OpSetAttrShape: { parameters: [p, b, b, i32, p], result: none },
  TFE_OpSetAttrIntList: { parameters: [p, b, b, i32], result: none },
  TFE_OpSetAttrFloatList: { parameters: [p, b, b, i32], result: none },
  TFE_OpSetAttrBoolList: { parameters: [p, b, b, i32], result: none },
  TFE_OpSetAttrTypeList: { parameters: [p, b, b, i32], result: none },
  TFE_OpSetAttrShapeList: { parameters: [p, b, b, b, i32, p], result: none },
  TFE_OpSetAttrFunctionName: { parameters: [p, b, b, size], result: none },
  TFE_Execute: { parameters: [p, b, b, p], result: none },
  executeNonblocking: {
    name: "TFE_Execute",
    parameters: [p, b, b, p],
    result: none,
    nonblocking: true,
  },
  TFE_NewTensorHandle: { parameters: [p, p], result: p },
  TFE_DeleteTensorHandle: { parameters: [p], result: none },
  TFE_TensorHandleResolve: { parameters: [p, p], result: p },
  TFE_TensorHandleDataType: { parameters: [p], result: i32 },
  TFE_TensorHandleNumDims: { parameters: [p, p], result: i32 },
  TFE_TensorHandleDim: { parameters: [p, i32, p], result: i64 },

  TF_AllocateTensor: { parameters: [i32, b, i32, size], result: p },
  TF_TensorData: { parameters: [p], result: p },
  TF_TensorByteSize: { parameters: [p], result: size },
  TF_TensorElementCount: { parameters: [p], result: i64 },
  TF_DeleteTensor: { parameters: [p], result: none },
  TF_StringInit: { parameters: [p], result: none },
  TF_StringCopy: { parameters: [p, b, size], result: none },
  TF_StringGetSize: { parameters: [p], result: size },
  TF_StringGetDataPointer: { parameters: [p], result: p },

  TF_NewGraph: { parameters: [], result: p },
  TF_DeleteGraph: { parameters: [p], result: none },
  TF_NewOperation: { parameters: [p, b, b], result: p },
  TF_FinishOperation: { parameters: [p, p], result: p },
  TF_AddInput: { parameters: [p, output], result: none },
  TF_AddControlInput: { parameters: [p, p], result: none },
  TF_AddInputList: { parameters: [p, b, i32], result: none },
  TF_SetAttrString: { parameters: [p, b, b, size], result: none },
  TF_SetAttrInt: { parameters: [p, b, i64], result: none },
  TF_SetAttrFloat: { parameters: [p, b, "f32"], result: none },
  TF_SetAttrBool: { parameters: [p, b, "u8"], result: none },
  TF_SetAttrType: { parameters: [p, b, i32], result: none },
  TF_SetAttrShape: { parameters: [p, b, b, i32], result: none },
  TF_SetAttrIntList: { parameters: [p, b, b, i32], result: none },
  TF_SetAttrFloatList: { parameters: [p, b, b, i32], result: none },
  TF_SetAttrBoolList: { parameters: [p, b, b, i32], result: none },
  TF_SetAttrTypeList: { parameters: [p, b, b, i32], result: none },
  TF_SetAttrShapeList: { parameters: [p, b, b, b, i32], result: none },
  TF_SetAttrFuncName: { parameters: [p, b, b, size], result: none },
  TF_SetAttrTensor: { parameters: [p, b, p, p], result: none },
  TF_OperationOutputType: { parameters: [output], result: i32 },
  TF_GraphGetTensorNumDims: { parameters: [p, output, p], result: i32 },
  TF_GraphGetTensorShape: { parameters: [p, output, b, i32, p], result: none },
  TF_GraphToFunction: {
    parameters: [p, b, "u8", i32, p, i32, b, i32, b, p, p, p, p],
    result: p,
  },
  TF_DeleteFunction: { parameters: [p], result: none },

  // Not in every build of the library: whoever needs them says so.
  TFE_EnableCollectiveOps: { parameters: [p, b, size, p], result: none, optional: true },
  TFE_AbortCollectiveOps: { parameters: [p, p], result: none, optional: true },
  TFE_CollectiveOpsCheckPeerHealth: {
    ...{ parameters: [p, b, i64, p], result: none, nonblocking: true, optional: true },
  },
} as const satisfies Deno.ForeignLibraryInterface;

/** A pointer that TensorFlow gave and wants back, by one of its Delete functions. */
export type Pointer = Deno.PointerObject;

/** TensorFlow's C functions by name, with what this engine adds: status checks and a context. */
export interface CApi {
  readonly call: Deno.DynamicLibrary<typeof symbols>["symbols"];
  /** One eager context for the whole process. */
  readonly context: Pointer;
  /** A status to pass to a call that {@link CApi.check} looks at next. */
  readonly status: Pointer;
  readonly version: string;
  /** Throws what the last call that was given {@link CApi.status} reported. */
  check(what: string): void;
}

/** The libraries' paths: the core needs the framework beside it. */
export interface Libraries {
  core: string;
  framework: string;
}

/** Loads TensorFlow and makes the eager context. */
export function openTensorFlow({ core, framework }: Libraries): CApi {
  load(framework, core);
  const call = bind(core);
  const status = call.TF_NewStatus()!;
  const check = (what: string) => checkStatus(call, status, what);
  const options = call.TFE_NewContextOptions();
  call.TFE_ContextOptionsSetDevicePlacementPolicy(options, 2 /* copy between devices silently */);
  const context = call.TFE_NewContext(options, status)!;
  call.TFE_DeleteContextOptions(options);
  check("could not start TensorFlow");
  return { call, context, status, check, version: text(call.TF_Version()) };
}

function bind(core: string): CApi["call"] {
  try {
    return Deno.dlopen(core, symbols).symbols;
  } catch (error) {
    throw unusable(core, messageOf(error));
  }
}

function unusable(path: string, reason: string): Problem {
  return new Problem(
    `cannot use ${path} (${reason}): remove its folder where that is in the cache, reinstall it ` +
      "where it is Python's, or set SEMANTIC_PAIRS_TENSORFLOW to a folder that holds TensorFlow " +
      "2.16 or later for this machine",
  );
}

/** Throws if a status is not OK. */
export function checkStatus(call: CApi["call"], status: Pointer, what: string): void {
  if (call.TF_GetCode(status) === 0) return;
  throw new Error(`${what}: ${text(call.TF_Message(status))}`);
}

/** The devices that TensorFlow sees, e.g. `CPU:0` or `GPU:0`. */
export function listDevices({ call, context, status, check }: CApi): string[] {
  const list = call.TFE_ContextListDevices(context, status);
  check("could not list devices");
  const devices = Array.from({ length: call.TF_DeviceListCount(list) }, (_, i) => {
    const name = text(call.TF_DeviceListName(list, i, status));
    return name.replace(/^.*device:/, "");
  });
  call.TF_DeleteDeviceList(list);
  return devices;
}

/** A zero-terminated copy of a string, remembered: names recur thousands of times. */
export function cString(value: string): Uint8Array<ArrayBuffer> {
  let bytes = cStrings.get(value);
  if (!bytes) cStrings.set(value, bytes = new TextEncoder().encode(value + "\0"));
  return bytes;
}
const cStrings = new Map<string, Uint8Array<ArrayBuffer>>();

/** The text behind a `const char*`. */
export function text(pointer: Deno.PointerValue): string {
  return pointer ? new Deno.UnsafePointerView(pointer).getCString() : "";
}

/** A view of native memory; valid only as long as its owner. */
export function memory(pointer: Deno.PointerValue, bytes: number): Uint8Array<ArrayBuffer> {
  if (bytes === 0 || !pointer) return new Uint8Array(0);
  return new Uint8Array(Deno.UnsafePointerView.getArrayBuffer(pointer, bytes));
}

/**
 * Loads libraries for good, without their start-up notes.
 *
 * Deno unloads what it opened when it exits, or on an uncaught exception, while TensorFlow's threads
 * still run in it: a segmentation fault that hides the error's text. RTLD_NODELETE forbids the
 * unloading. The framework greets on stderr while it is being loaded, before any log level counts,
 * so stderr leads nowhere for that moment; warnings and errors later on still show.
 */
function load(...paths: string[]): void {
  if (!Deno.env.has("TF_CPP_MIN_LOG_LEVEL")) Deno.env.set("TF_CPP_MIN_LOG_LEVEL", "1");
  const darwin = Deno.build.os === "darwin";
  const { symbols: libc } = Deno.dlopen(darwin ? "libSystem.B.dylib" : "libc.so.6", {
    dlopen: { parameters: ["buffer", "i32"], result: "pointer" },
    dlerror: { parameters: [], result: "pointer" },
    dup: { parameters: ["i32"], result: "i32" },
    dup2: { parameters: ["i32", "i32"], result: "i32" },
    open: { parameters: ["buffer", "i32"], result: "i32" },
    close: { parameters: ["i32"], result: "i32" },
  });
  const now = 0x2, noDelete = darwin ? 0x80 : 0x1000, writeOnly = 1, stderr = 2;
  const [saved, nowhere] = [libc.dup(stderr), libc.open(cString("/dev/null"), writeOnly)];
  libc.dup2(nowhere, stderr);
  const failed = paths.find((path) => !libc.dlopen(cString(path), now | noDelete));
  const reason = failed && text(libc.dlerror());
  libc.dup2(saved, stderr);
  for (const descriptor of [saved, nowhere]) libc.close(descriptor);
  if (failed) throw unusable(failed, reason || "no reason given");
}
