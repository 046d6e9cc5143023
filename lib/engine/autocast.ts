/**
 * Mixed precision as a policy of the tracer: which operations compute in bfloat16. tfjs goes on
 * believing in float32; casts are inserted where an operation wants the other type.
 *
 * Convolutions, where the time goes, take bfloat16, and cheap operations between them follow their
 * input so that no cast is needed. Parameters and statistics stay float32, and so do batched matrix
 * products, which is what tfjs makes of `tf.matMul`: heads and losses are cheap, and a similarity
 * divided by a small temperature wants all its digits. bfloat16 keeps float32's exponent, so the
 * loss needs no scaling.
 */
import { DType } from "./dtypes.ts";
import type { OpDef } from "./op_defs.ts";

const bfloat16 = new Set(["Conv2D", "Conv2DBackpropFilter", "Conv2DBackpropInput"]);
const follow = new Set([
  ...["Relu", "ReluGrad", "Add", "AddV2", "AddN", "Reshape", "MaxPool", "MaxPoolGrad"],
  ...["FusedBatchNormV3", "FusedBatchNormGradV3"],
]);
/** Calls of traced functions, which know the types of their arguments, and what goes over a wire. */
const asGiven = new Set([
  ...["StatefulPartitionedCall", "StatelessIf", "MapDefun"],
  ...["CollectiveReduceV2", "CollectiveGatherV2", "EnsureShape"],
]);

/** The types that an operation's inputs shall be cast to, and its own attribute T. */
export interface CastPlan {
  inputs: number[];
  /** The value of attribute `T`, where the operation computes in bfloat16. */
  type?: number;
}

/**
 * Plans the casts of one operation.
 *
 * @param dtypes of the inputs, flat, as they are now
 */
export function planCasts(name: string, definition: OpDef, dtypes: number[]): CastPlan {
  if (asGiven.has(name)) return { inputs: dtypes };
  // Inputs of another type attribute (scale, mean … of a batch norm) always stay float32.
  const castable = dtypes.map((_, i) =>
    definition.inputs[Math.min(i, definition.inputs.length - 1)].typeAttribute === "T"
  );
  const low = bfloat16.has(name) ||
    follow.has(name) && dtypes.some((dtype, i) => castable[i] && dtype === DType.bfloat16);
  const inputs = dtypes.map((dtype, i) => {
    if (low && castable[i] && dtype === DType.float32) return DType.bfloat16;
    const keep = low && castable[i];
    return dtype === DType.bfloat16 && !keep ? DType.float32 : dtype;
  });
  return low ? { inputs, type: DType.bfloat16 } : { inputs };
}
