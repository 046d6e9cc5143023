/** What TensorFlow itself says of its operations: their inputs and the kinds of their attributes. */
import protobuf from "protobufjs/light.js";
import { type CApi, memory } from "./capi.ts";

/** An operation's definition, as far as calling it needs. */
export interface OpDef {
  /** In order; `list` inputs take several tensors, as many as an attribute says. */
  inputs: { name: string; list: boolean; lengthAttribute: string; typeAttribute: string }[];
  /** Attribute kinds by name, e.g. `T: "type"`, `strides: "list(int)"`. */
  attributes: Map<string, string>;
}

// The fields of tensorflow/core/framework/op_def.proto that matter here.
const string = (id: number) => ({ type: "string", id });
const OpList = protobuf.Root.fromJSON({
  nested: {
    ArgDef: {
      fields: {
        name: string(1),
        typeAttr: string(4),
        numberAttr: string(5),
        typeListAttr: string(6),
      },
    },
    AttrDef: { fields: { name: string(1), type: string(2) } },
    OpDef: {
      fields: {
        name: string(1),
        inputArg: { rule: "repeated", type: "ArgDef", id: 2 },
        attr: { rule: "repeated", type: "AttrDef", id: 4 },
      },
    },
    OpList: { fields: { op: { rule: "repeated", type: "OpDef", id: 1 } } },
  },
}).lookupType("OpList");

interface DecodedOpList {
  op: {
    name: string;
    inputArg: { name: string; typeAttr: string; numberAttr: string; typeListAttr: string }[];
    attr: { name: string; type: string }[];
  }[];
}

/** Reads the definitions of all registered operations (some 1,500, in about 30 ms). */
export function readOpDefs({ call }: CApi): Map<string, OpDef> {
  const buffer = call.TF_GetAllOpList()!; // TF_Buffer: data pointer, length, deallocator
  const view = new Deno.UnsafePointerView(buffer);
  const bytes = memory(view.getPointer(0), Number(view.getBigUint64(8))).slice();
  call.TF_DeleteBuffer(buffer);
  const list = OpList.decode(bytes) as unknown as DecodedOpList;
  return new Map(list.op.map(({ name, inputArg, attr }) => [name, {
    inputs: inputArg.map(({ name, typeAttr, numberAttr, typeListAttr }) => ({
      name,
      list: Boolean(numberAttr || typeListAttr),
      lengthAttribute: numberAttr || typeListAttr,
      typeAttribute: typeAttr,
    })),
    attributes: new Map(attr.map(({ name, type }) => [name, type])),
  }]));
}

/**
 * Splits a flat list of inputs by the definition. tfjs passes the inputs of an operation flat; one
 * list input then takes all that the single ones leave. Several list inputs of one length share them
 * equally, unless an attribute lists the types of each.
 *
 * @param attributes what a call says of itself, e.g. `Targuments: [1, 1]`
 * @returns one array for each input; `single` inputs hold exactly one item
 * @throws {Error} where the number of inputs cannot fit
 */
export function groupInputs<T>(
  name: string,
  definition: OpDef,
  flat: T[],
  attributes: { name: string; value: unknown }[] = [],
): (T | T[])[] {
  const lists = definition.inputs.filter((input) => input.list);
  const spare = flat.length - (definition.inputs.length - lists.length);
  const told = lists.map(({ lengthAttribute }) =>
    attributes.find(({ name }) => name === lengthAttribute)?.value
  );
  const lengths = told.every(Array.isArray)
    ? told.map((types) => types.length)
    : lists.map(() => spare / lists.length);
  const fit = lengths.reduce((sum, length) => sum + length, 0) === spare;
  if (spare < 0 || !fit || !lengths.every(Number.isInteger)) {
    throw new Error(`${name} takes ${definition.inputs.length} inputs, not ${flat.length}`);
  }
  let next = 0;
  return definition.inputs.map(({ list }) => {
    if (!list) return flat[next++];
    const length = lengths.shift()!;
    next += length;
    return flat.slice(next - length, next);
  });
}
