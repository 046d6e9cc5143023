/**
 * `jit(fn)`: tfjs code as one TensorFlow function.
 *
 * The first call with arguments of a new signature (structure, shapes, types) runs `fn` once on
 * symbolic tensors and records what it does; every call then runs the record in the engine: no tfjs
 * between operations, no kernel launches from JavaScript. On WebGPU `fn` simply runs.
 */
import { call, callAsync, type Operation } from "./eager.ts";
import { attributesOf } from "./native.ts";
import { engine, type TensorFlowEngine } from "./start.ts";
import { tf } from "./tfjs.ts";
import { callInGraph, resultTypes, trace, type Traced, typeOf } from "./trace.ts";
import { dispose, type Leaf, leaves, mapTree, tensors, type Tree } from "./tree.ts";

/** How a function is compiled. */
export interface JitOptions {
  /** `bf16` computes convolutions in bfloat16, see autocast.ts; default `fp32`. */
  precision?: "fp32" | "bf16";
  /**
   * Compile with XLA: for chains of elementwise operations, not for convolutions on a CPU. Called
   * within a jitted function, it is a part that XLA compiles of one that it does not.
   */
  xla?: boolean;
  /**
   * The function is of one element: it runs on each element of the arguments' first axis, several
   * at a time, and its results are stacked. Within a jitted function it is a part of that one. Not
   * on WebGPU.
   */
  each?: boolean;
  /** With {@link JitOptions.each}, so many of the last arguments are given to each as a whole. */
  shared?: number;
  /** Indices of arguments whose tensors the call frees, e.g. the old state of a training step. */
  donate?: number[];
}

/** A compiled function. */
export interface Jitted<A extends Tree[], R extends Tree> {
  (...args: A): R;
  /** The same without blocking the event loop. */
  async(...args: A): Promise<R>;
}

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
  const traceOf = tracer(target, fn, options);
  const prepare = (args: A) => {
    const ids = target.backend.getInputTensorIds(argumentLeaves(args).map(([, tensor]) => tensor));
    const traced = traceOf(args);
    return { traced, operation: operationOf(traced, ids, args, options) };
  };
  const finish = ({ rebuild, outputs }: Traced, ids: number[], args: A) => {
    const stacked = options.each ? [tensors(args)[0].shape[0]] : [];
    const results = ids.map((id, i) => {
      const { shape, dtype } = outputs[i];
      return target.backend.createOutputTensor({ id, shape: [...stacked, ...shape], dtype });
    });
    for (const i of options.donate ?? []) dispose(args[i]);
    return rebuild(results) as R;
  };
  const nested = (args: A): R => {
    if (!options.each && (!options.xla || target.tracing.graph!.xla)) return fn(...args);
    return callPart(target, traceOf(args), args, options) as R;
  };
  const compiled = (...args: A): R => {
    if (target.tracing.graph) return nested(args);
    const { traced, operation } = prepare(args);
    return finish(traced, call(target.native, ...operation), args);
  };
  return Object.assign(compiled, {
    async: async (...args: A) => {
      if (target.tracing.graph) return nested(args);
      const { traced, operation } = prepare(args);
      return finish(traced, await callAsync(target.native, ...operation), args);
    },
  });
}

/** Finds the trace for the signature of the arguments, or makes it. */
function tracer<A extends Tree[], R extends Tree>(
  target: TensorFlowEngine,
  fn: (...args: A) => R,
  options: JitOptions,
): (args: A) => Traced {
  const traces = new Map<string, Traced>();
  return (args) => {
    const mapped = mappedLeaves(args, options);
    const signature = argumentLeaves(args).map(([path, tensor], i) => {
      const shape = i < mapped ? tensor.shape.slice(1) : tensor.shape;
      return `${path}:${typeOf(target, tensor)}[${shape}]`;
    }).join();
    let traced = traces.get(signature);
    if (!traced) traces.set(signature, traced = trace(target, fn, args, { ...options, mapped }));
    return traced;
  };
}

/** How many of the arguments' tensors are taken apart: those of all but the shared arguments. */
function mappedLeaves(args: Tree[], { each, shared = 0 }: JitOptions): number {
  return each ? args.slice(0, args.length - shared).flatMap((arg) => tensors(arg)).length : 0;
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

const mustCompile = { _XlaMustCompile: true };

/** How a trace is called: by its name, or by an operation that maps it. */
function operationOf(
  traced: Traced,
  ids: number[],
  args: Tree[],
  options: JitOptions,
): Operation {
  const { name, outputs } = traced;
  const attributes = attributesOf(options.xla ? mustCompile : {});
  if (!options.each) return [name, attributes, ids, outputs.length];
  const mapped = mappedLeaves(args, options);
  const grouped = [ids.slice(0, mapped), ids.slice(mapped)];
  return ["MapDefun", attributesOf(mapping(traced)), grouped, outputs.length];
}

function mapping(traced: Traced): Record<string, unknown> {
  return {
    f: traced.name,
    output_types: resultTypes(traced),
    output_shapes: traced.outputs.map(({ shape }) => shape),
  };
}

/** Within a trace: a call of a part, which XLA compiles or which runs on each element. */
function callPart(
  target: TensorFlowEngine,
  traced: Traced,
  args: Tree[],
  options: JitOptions,
): Tree {
  const inputs = args.flatMap((arg) => tensors(arg));
  if (!options.each) {
    const attributes = { f: traced.name, Tout: resultTypes(traced), ...mustCompile };
    return traced.rebuild(
      callInGraph(target, "StatefulPartitionedCall", attributes, inputs, [traced]),
    );
  }
  const mapped = mappedLeaves(args, options);
  const types = inputs.map((tensor) => typeOf(target, tensor));
  const attributes = {
    ...mapping(traced),
    Targuments: types.slice(0, mapped),
    Tcaptured: types.slice(mapped),
  };
  const stacked = traced.outputs.map(({ shape, dtype }) => ({
    shape: [inputs[0].shape[0], ...shape],
    dtype,
  }));
  return traced.rebuild(callInGraph(target, "MapDefun", attributes, inputs, [traced], stacked));
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
