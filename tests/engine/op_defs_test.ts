import { deepStrictEqual, throws } from "node:assert/strict";
import { groupInputs, type OpDef } from "../../lib/engine/op_defs.ts";
import { engine } from "../../lib/engine/start.ts";

const definition = (...lists: boolean[]): OpDef => ({
  inputs: lists.map((list, i) => ({
    ...{ name: `x${i}`, list, lengthAttribute: list ? "N" : "", typeAttribute: "T" },
  })),
  attributes: new Map(),
});

Deno.test("a list input takes what the single ones leave", () => {
  deepStrictEqual(groupInputs("ConcatV2", definition(true, false), [1, 2, 3, 4]), [[1, 2, 3], 4]);
  deepStrictEqual(groupInputs("Relu", definition(false), [1]), [1]);
  deepStrictEqual(groupInputs("Two", definition(true, true), [1, 2, 3, 4]), [[1, 2], [3, 4]]);
});

Deno.test("where attributes list the types of each list, they tell its length", () => {
  const [first, second] = definition(true, true).inputs;
  const two: OpDef = {
    inputs: [{ ...first, lengthAttribute: "A" }, { ...second, lengthAttribute: "B" }],
    attributes: new Map(),
  };
  const attributes = [{ name: "A", value: [1, 1] }, { name: "B", value: [1] }];
  deepStrictEqual(groupInputs("MapDefun", two, [1, 2, 3], attributes), [[1, 2], [3]]);
});

Deno.test("a wrong number of inputs is an error", () => {
  throws(() => groupInputs("Relu", definition(false), [1, 2]), /Relu takes 1 inputs, not 2/);
  throws(() => groupInputs("ConcatV2", definition(true, false), []), /ConcatV2/);
  throws(() => groupInputs("Two", definition(true, true), [1, 2, 3]), /Two/);
});

Deno.test({
  name: "TensorFlow's own definitions are read",
  ignore: engine.name !== "tensorflow",
  fn: () => {
    if (engine.name !== "tensorflow") return;
    const concat = engine.native.opDefs.get("ConcatV2")!;
    deepStrictEqual(concat.inputs.map(({ name, list }) => [name, list]), [
      ["values", true],
      ["axis", false],
    ]);
    deepStrictEqual(concat.attributes.get("N"), "int");
    deepStrictEqual(engine.native.opDefs.get("Conv2D")!.attributes.get("strides"), "list(int)");
  },
});
