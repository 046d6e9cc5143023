import { deepStrictEqual } from "node:assert/strict";
import { planCasts } from "../../lib/engine/autocast.ts";
import { DType } from "../../lib/engine/dtypes.ts";
import type { OpDef } from "../../lib/engine/op_defs.ts";

const { float32, bfloat16, int32 } = DType;

/** A definition whose inputs have these type attributes. */
const definition = (...types: string[]): OpDef => ({
  inputs: types.map((typeAttribute, i) => ({
    ...{ name: `x${i}`, list: false, lengthAttribute: "", typeAttribute },
  })),
  attributes: new Map(),
});

Deno.test("a convolution takes bfloat16", () => {
  deepStrictEqual(planCasts("Conv2D", definition("T", "T"), [float32, bfloat16]), {
    inputs: [bfloat16, bfloat16],
    type: bfloat16,
  });
});

Deno.test("the sizes of a convolution's gradient stay whole numbers", () => {
  const plan = planCasts("Conv2DBackpropInput", definition("", "T", "T"), [
    int32,
    float32,
    float32,
  ]);
  deepStrictEqual(plan.inputs, [int32, bfloat16, bfloat16]);
});

Deno.test("cheap operations follow their input", () => {
  const relu = (dtype: number) => planCasts("Relu", definition("T"), [dtype]);
  deepStrictEqual(relu(bfloat16), { inputs: [bfloat16], type: bfloat16 });
  deepStrictEqual(relu(float32), { inputs: [float32] });
});

Deno.test("batch norm follows its images; its scale and statistics stay float32", () => {
  const norm = definition("T", "U", "U", "U", "U");
  const plan = planCasts("FusedBatchNormV3", norm, [bfloat16, float32, float32, float32, float32]);
  deepStrictEqual(plan, { inputs: [bfloat16, float32, float32, float32, float32], type: bfloat16 });
});

Deno.test("everything else is cast back", () => {
  deepStrictEqual(planCasts("Mean", definition("T", "Tidx"), [bfloat16, int32]), {
    inputs: [float32, int32],
  });
});
