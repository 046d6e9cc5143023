/** Sets the attributes of an operation, eager or in a graph; their kinds come from the OpDef. */
import { type CApi, cString, type Pointer } from "./capi.ts";
import type { Attribute } from "./native.ts";
import type { OpDef } from "./op_defs.ts";

/** Calls whose operation takes no attribute of its own: functions of ours, made by jit. */
const functionAttributes = new Map([["_XlaMustCompile", "bool"]]);

/**
 * Sets attributes on an operation under construction.
 *
 * @param mode whether `op` is a TFE_Op or a TF_OperationDescription
 * @param definition absent for a call of a traced function
 * @throws {Error} for an attribute that the operation does not have, or of a kind that is not set here
 */
export function setAttributes(
  api: CApi,
  mode: "eager" | "graph",
  op: Pointer,
  name: string,
  definition: OpDef | undefined,
  attributes: Attribute[],
): void {
  const kinds = definition?.attributes ?? functionAttributes;
  // The number of items of a list input follows from the inputs.
  const lengths = new Set(definition?.inputs.map((input) => input.lengthAttribute));
  for (const attribute of attributes) {
    if (lengths.has(attribute.name)) continue;
    const kind = kinds.get(attribute.name) ?? functionAttributes.get(attribute.name);
    if (!kind) throw new Error(`${name} has no attribute ${attribute.name}`);
    const set = (mode === "eager" ? eagerSetters : graphSetters)(api, op, cString(attribute.name));
    const setter = set[kind];
    if (!setter) throw new Error(`${name}: cannot set ${attribute.name} of kind ${kind}`);
    setter(attribute.value as never);
  }
}

type Setters = Record<string, (value: never) => void>;
type Name = Uint8Array<ArrayBuffer>;

const int64s = (values: number[]) => BigInt64Array.from(values, BigInt);
const encode = (value: string) => new TextEncoder().encode(value);

/** `const int64_t**` and what it points to, in one buffer that lives as long as itself. */
function shapeTable(
  shapes: number[][],
): { table: BigInt64Array<ArrayBuffer>; ranks: Int32Array<ArrayBuffer> } {
  const table = new BigInt64Array(shapes.length + shapes.flat().length);
  const start = Deno.UnsafePointer.value(Deno.UnsafePointer.of(table));
  let next = shapes.length;
  shapes.forEach((shape, i) => {
    table[i] = start + BigInt(next * table.BYTES_PER_ELEMENT);
    table.set(int64s(shape), next);
    next += shape.length;
  });
  return { table, ranks: Int32Array.from(shapes, (shape) => shape.length) };
}

function eagerSetters({ call, status, check }: CApi, op: Pointer, name: Name): Setters {
  return {
    "string": (v: string) =>
      call.TFE_OpSetAttrString(op, name, encode(v), BigInt(encode(v).length)),
    "int": (v: number) => call.TFE_OpSetAttrInt(op, name, BigInt(v)),
    "float": (v: number) => call.TFE_OpSetAttrFloat(op, name, v),
    "bool": (v: boolean) => call.TFE_OpSetAttrBool(op, name, Number(v)),
    "type": (v: number) => call.TFE_OpSetAttrType(op, name, v),
    "shape": (v: number[]) => {
      call.TFE_OpSetAttrShape(op, name, int64s(v), v.length, status);
      check("shape attribute");
    },
    "list(int)": (v: number[]) => call.TFE_OpSetAttrIntList(op, name, int64s(v), v.length),
    "list(float)": (v: number[]) =>
      call.TFE_OpSetAttrFloatList(op, name, Float32Array.from(v), v.length),
    "list(bool)": (v: boolean[]) =>
      call.TFE_OpSetAttrBoolList(op, name, Uint8Array.from(v, Number), v.length),
    "list(type)": (v: number[]) =>
      call.TFE_OpSetAttrTypeList(op, name, Int32Array.from(v), v.length),
    "list(shape)": (v: number[][]) => {
      const { table, ranks } = shapeTable(v);
      call.TFE_OpSetAttrShapeList(op, name, table, ranks, v.length, status);
      check("shape attributes");
    },
    "func": (v: string) =>
      call.TFE_OpSetAttrFunctionName(op, name, encode(v), BigInt(encode(v).length)),
  };
}

function graphSetters({ call }: CApi, op: Pointer, name: Name): Setters {
  return {
    "string": (v: string) => call.TF_SetAttrString(op, name, encode(v), BigInt(encode(v).length)),
    "int": (v: number) => call.TF_SetAttrInt(op, name, BigInt(v)),
    "float": (v: number) => call.TF_SetAttrFloat(op, name, v),
    "bool": (v: boolean) => call.TF_SetAttrBool(op, name, Number(v)),
    "type": (v: number) => call.TF_SetAttrType(op, name, v),
    "shape": (v: number[]) => call.TF_SetAttrShape(op, name, int64s(v), v.length),
    "list(int)": (v: number[]) => call.TF_SetAttrIntList(op, name, int64s(v), v.length),
    "list(float)": (v: number[]) =>
      call.TF_SetAttrFloatList(op, name, Float32Array.from(v), v.length),
    "list(bool)": (v: boolean[]) =>
      call.TF_SetAttrBoolList(op, name, Uint8Array.from(v, Number), v.length),
    "list(type)": (v: number[]) => call.TF_SetAttrTypeList(op, name, Int32Array.from(v), v.length),
    "list(shape)": (v: number[][]) => {
      const { table, ranks } = shapeTable(v);
      call.TF_SetAttrShapeList(op, name, table, ranks, v.length);
    },
    "func": (v: string) => call.TF_SetAttrFuncName(op, name, encode(v), BigInt(encode(v).length)),
  };
}
