/** The native engine of this process: TensorFlow opened once, and the tensors that live in it. */
import type { CApi, Libraries, Pointer } from "./capi.ts";
import { openTensorFlow } from "./capi.ts";
import { type OpDef, readOpDefs } from "./op_defs.ts";

/** What tfjs knows of a tensor in the engine. */
export interface Metadata {
  id: number;
  shape: number[];
  /** TensorFlow's number of the data type, see dtypes.ts. */
  dtype: number;
}

/** An attribute of an operation, as tfjs passes it. */
export interface Attribute {
  name: string;
  type: number;
  value: unknown;
}

/** Attributes by name; what kind each is of, the operation's definition says. */
export function attributesOf(values: Record<string, unknown>): Attribute[] {
  return Object.entries(values).map(([name, value]) => ({ name, type: 0, value }));
}

/** TensorFlow, its operations, and the tensors it holds for us by id. */
export interface Native {
  readonly api: CApi;
  readonly opDefs: ReadonlyMap<string, OpDef>;
  /** Eager tensor handles; each is deleted exactly once, by {@link release}. */
  readonly handles: Map<number, Pointer>;
  /** Names of the traced functions that TensorFlow holds. */
  readonly functions: Set<string>;
  newId(): number;
}

/** Opens TensorFlow. */
export function openNative(libraries: Libraries): Native {
  const api = openTensorFlow(libraries);
  let next = 1;
  return {
    ...{ api, opDefs: readOpDefs(api), handles: new Map(), functions: new Set() },
    newId: () => next++,
  };
}

/** Gives an id to a handle that TensorFlow returned. */
export function adopt({ handles, newId }: Native, handle: Pointer): number {
  const id = newId();
  handles.set(id, handle);
  return id;
}

/** Deletes a handle; an unknown id is no error, tfjs disposes some tensors twice. */
export function release({ api, handles }: Native, id: number): void {
  const handle = handles.get(id);
  if (!handle) return;
  handles.delete(id);
  api.call.TFE_DeleteTensorHandle(handle);
}
