/** Where the time of a compiled function goes: its operations, each run and timed by itself. */
import { DType } from "./dtypes.ts";
import { call } from "./eager.ts";
import type { Recorded, Symbol } from "./graph.ts";
import { release } from "./native.ts";
import { engine, type TensorFlowEngine } from "./start.ts";
import { trace, type TraceOptions } from "./trace.ts";
import { tensors, type Tree } from "./tree.ts";

/** An operation of a function. */
export interface OperationTime {
  /** TensorFlow's, e.g. `Conv2D`. */
  name: string;
  /** Shapes of its inputs and of its first output. */
  inputs: number[][];
  output: number[];
  /** Whether it is given bfloat16. */
  low: boolean;
  /** The fewest of all rounds. */
  milliseconds: number;
}

/**
 * Runs a function operation by operation, with casts as {@link jit} would insert them. Each has all
 * cores to itself, so that the times add up; in the compiled function some run side by side, and
 * TensorFlow may fuse neighbours.
 *
 * @param rounds how often the whole function runs, after one that does not count
 * @throws {Error} on WebGPU
 */
export function operationTimes<A extends Tree[]>(
  fn: (...args: A) => Tree,
  args: A,
  { rounds = 3, ...options }: TraceOptions & { rounds?: number } = {},
): OperationTime[] {
  if (engine.name !== "tensorflow") throw new Error("only TensorFlow's functions can be profiled");
  const target = engine;
  const record = { nodes: [] as Recorded[], inputs: [] as Symbol[], results: [] as Symbol[] };
  const held = trace(target, fn, args, { ...options, record }); // keeps the parts that it calls
  const ids = target.backend.getInputTensorIds(args.flatMap((arg) => tensors(arg)));
  const given = new Map(record.inputs.map((symbol, i) => [keyOf(symbol), ids[i]]));
  const nodes = needed(record);
  const fewest = nodes.map(() => Infinity);
  try {
    for (let round = 0; round <= rounds; round++) {
      const times = runAll(target, nodes, given);
      if (round > 0) times.forEach((time, i) => fewest[i] = Math.min(fewest[i], time));
    }
  } finally {
    for (const { value } of record.nodes) if (value !== undefined) release(target.native, value);
  }
  return nodes.map(({ name, inputs, outputs }, i) => ({
    name: held.parts.length > 0 && name === "StatefulPartitionedCall" ? "compiled by XLA" : name,
    inputs: inputs.map(({ shape }) => shape),
    output: outputs[0]?.shape ?? [],
    low: inputs.some(({ dtype }) => dtype === DType.bfloat16),
    milliseconds: fewest[i],
  }));
}

/** Pointers are wrapped anew each time; their addresses stay. */
const keyOf = ({ op, index }: Symbol) => `${Deno.UnsafePointer.value(op)}:${index}`;

/** The nodes that the results depend on, waits included: TensorFlow leaves out the others, too. */
function needed({ nodes, results }: { nodes: Recorded[]; results: Symbol[] }): Recorded[] {
  const wanted = new Set(results.map(keyOf));
  return nodes.toReversed().filter(({ inputs, outputs, earlier }) => {
    if (!outputs.some((output) => wanted.has(keyOf(output)))) return false;
    for (const symbol of earlier ? [...inputs, earlier] : inputs) wanted.add(keyOf(symbol));
    return true;
  }).reverse();
}

/** Runs the nodes in order; a value is freed after its last use. */
function runAll(
  { native }: TensorFlowEngine,
  nodes: Recorded[],
  given: Map<string, number>,
): number[] {
  const last = new Map(nodes.flatMap(({ inputs }, i) => inputs.map((x) => [keyOf(x), i] as const)));
  const values = new Map(given), kept = new Set(given.keys());
  return nodes.map(({ name, attributes, inputs, outputs, value }, i) => {
    if (value !== undefined) {
      values.set(keyOf(outputs[0]), value);
      kept.add(keyOf(outputs[0]));
      return 0;
    }
    const ids = inputs.map((input) => values.get(keyOf(input))!);
    const start = performance.now();
    const results = call(native, name, attributes, ids, outputs.length);
    const time = performance.now() - start;
    outputs.forEach((output, at) => values.set(keyOf(output), results[at]));
    for (const key of new Set([...inputs, ...outputs].map(keyOf))) {
      if ((last.get(key) ?? i) > i || kept.has(key)) continue;
      release(native, values.get(key)!);
      values.delete(key);
    }
    return time;
  });
}
