/**
 * `jit(fn)`: tfjs code as one TensorFlow function.
 *
 * The first call with arguments of a new signature (structure, shapes, types) runs `fn` once on
 * symbolic tensors and records what it does; every call then runs the record in the engine: no tfjs
 * between operations, no kernel launches from JavaScript. On WebGPU `fn` simply runs.
 */
import { DType } from "./dtypes.ts";
import type { Attribute, Native } from "./native.ts";
import { call, callAsync } from "./eager.ts";
import { addFunction, addPlaceholder, deleteGraph, newGraph, removeFunction } from "./graph.ts";
import { engine, type TensorFlowEngine } from "./start.ts";
import { tf } from "./tfjs.ts";
import { dispose, type Leaf, leaves, mapTree, type Tree, withTensors } from "./tree.ts";

/** How a function is compiled. */
export interface JitOptions {
  /** `bf16` computes convolutions in bfloat16, see autocast.ts; default `fp32`. */
  precision?: "fp32" | "bf16";
  /** Compile with XLA: for chains of elementwise operations, not for convolutions on a CPU. */
  xla?: boolean;
  /** Indices of arguments whose tensors the call frees, e.g. the old state of a training step. */
  donate?: number[];
}

/** A compiled function. */
export interface Jitted<A extends Tree[], R extends Tree> {
  (...args: A): R;
  /** The same without blocking the event loop. */
  async(...args: A): Promise<R>;
}

/** A trace: the function's name in TensorFlow, and what it returns. */
interface Trace {
  name: string;
  attributes: Attribute[];
  outputs: { shape: number[]; dtype: number }[];
  rebuild: (outputs: tf.Tensor[]) => Tree;
}

/**
 * Frees what TensorFlow holds for a trace that nobody can call any more. A call that is under way
 * holds its trace until it has its results, and this never comes in the midst of other code.
 */
const unreachable = new FinalizationRegistry(({ native, name }: { native: Native; name: string }) =>
  removeFunction(native, name)
);

/**
 * Compiles a function of nested records of tensors.
 *
 * Inside, values cannot be read, and every tensor that is used must be an argument or made inside.
 *
 * @throws {Error} when called: naming the argument's path, where an argument is no tensor; where a
 *   value is read while tracing; where a tensor is captured from outside
 *
 * @example
 * ```ts
 * import { tf } from "./mod.ts";
 * const line = jit(({ w, b }: { w: tf.Tensor; b: tf.Tensor }, x: tf.Tensor) => x.mul(w).add(b));
 * const y = line({ w: tf.scalar(2), b: tf.scalar(1) }, tf.tensor1d([1, 2, 3]));
 * console.log(await y.data()); // Float32Array [3, 5, 7]
 * ```
 */
export function jit<A extends Tree[], R extends Tree>(
  fn: (...args: A) => R,
  options: JitOptions = {},
): Jitted<A, R> {
  if (engine.name === "webgpu") return uncompiled(fn, options);
  const target = engine;
  const traces = new Map<string, Trace>();
  const prepare = (args: A) => {
    const inputs = argumentLeaves(args);
    const signature = inputs.map(([path, t]) => `${path}:${t.dtype}[${t.shape}]`).join();
    const ids = target.backend.getInputTensorIds(inputs.map(([, tensor]) => tensor));
    let trace = traces.get(signature);
    if (!trace) traces.set(signature, trace = record(target, fn, args, inputs, options));
    const { name, attributes, outputs } = trace;
    return { trace, operation: [name, attributes, ids, outputs.length] as const };
  };
  const finish = ({ rebuild, outputs }: Trace, ids: number[], args: A) => {
    const results = ids.map((id, i) => target.backend.createOutputTensor({ id, ...outputs[i] }));
    for (const i of options.donate ?? []) dispose(args[i]);
    return rebuild(results) as R;
  };
  const compiled = (...args: A): R => {
    if (target.tracing.graph) return fn(...args); // inside another trace: part of it
    const { trace, operation } = prepare(args);
    return finish(trace, call(target.native, ...operation), args);
  };
  return Object.assign(compiled, {
    async: async (...args: A) => {
      if (target.tracing.graph) return fn(...args);
      const { trace, operation } = prepare(args);
      return finish(trace, await callAsync(target.native, ...operation), args);
    },
  });
}

/** The arguments' tensors with their paths; all must be tensors that still live. */
function argumentLeaves(args: Tree[]): Leaf[] {
  const inputs = args.flatMap((arg, i) => leaves(arg, `argument ${i + 1}`));
  const gone = inputs.find(([, tensor]) => tensor.isDisposed);
  if (!gone) return inputs;
  throw new Error(
    `jit: ${gone[0]} is disposed; an argument that is donated is gone after the call`,
  );
}

/** How many functions were traced in this process; names each. */
let traced = 0;

function record<A extends Tree[], R extends Tree>(
  { native, backend, tracing }: TensorFlowEngine,
  fn: (...args: A) => R,
  args: A,
  inputs: Leaf[],
  { precision = "fp32", xla = false }: JitOptions,
): Trace {
  const graph = tracing.graph = newGraph(native, precision);
  const symbolsOf = (leaves: Leaf[]) =>
    backend.getInputTensorIds(leaves.map(([, tensor]) => tensor)).map((id, i) => {
      const symbol = graph.symbols.get(id);
      if (symbol) return symbol;
      throw new Error(
        `jit: ${leaves[i][0]} is a captured tensor, not one made inside the function`,
      );
    });
  tf.engine().startScope();
  try {
    const placeholders = inputs.map(([origin, { shape, dtype }]) =>
      backend.createOutputTensor(addPlaceholder(graph, { shape, dtype: DType[dtype], origin }))
    );
    const symbolic = withTensors(args, placeholders) as A;
    const result = fn(...symbolic);
    const returned = leaves(result, "the result");
    const name = `semantic_pairs_${++traced}`;
    addFunction(graph, name, symbolsOf(leaves(symbolic)), symbolsOf(returned));
    const trace: Trace = {
      name,
      attributes: xla ? [{ name: "_XlaMustCompile", type: 3, value: true }] : [],
      outputs: returned.map(([, { shape, dtype }]) => ({ shape, dtype: DType[dtype] })),
      rebuild: (results) => withTensors(result, results),
    };
    unreachable.register(trace, { native, name });
    return trace;
  } finally {
    tf.engine().endScope(); // frees the symbolic tensors, after an error too
    tracing.graph = undefined;
    deleteGraph(graph);
  }
}

function uncompiled<A extends Tree[], R extends Tree>(
  fn: (...args: A) => R,
  { donate = [] }: JitOptions,
): Jitted<A, R> {
  const run = (...args: A): R => {
    argumentLeaves(args);
    const result = tf.tidy(() => {
      const made = fn(...args);
      leaves(made, "the result");
      // Clones share the values: what is returned outlives a donated argument that it may be.
      return mapTree((tensor) => tensor.clone(), made) as unknown as tf.TensorContainer;
    }) as unknown as R;
    for (const i of donate) dispose(args[i]);
    return result;
  };
  return Object.assign(run, { async: (...args: A) => Promise.resolve().then(() => run(...args)) });
}
