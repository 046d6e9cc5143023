/**
 * Tracing: runs tfjs code once on symbolic tensors and makes a function of TensorFlow's of what it
 * does. Functions may call functions: as a part that XLA compiles, or as the branch of a condition.
 */
import type { Backend } from "./backend.ts";
import {
  addFunction,
  addPlaceholder,
  deleteGraph,
  type Graph,
  newGraph,
  type Recorded,
  removeFunction,
  type Symbol,
} from "./graph.ts";
import { attributesOf, type Native } from "./native.ts";
import type { TensorFlowEngine } from "./start.ts";
import { tf } from "./tfjs.ts";
import { type Leaf, leaves, tensors, type Tree, withTensors } from "./tree.ts";

/** A function that TensorFlow holds, and what it returns. */
export interface Traced {
  name: string;
  outputs: { shape: number[]; dtype: number }[];
  rebuild: (outputs: tf.Tensor[]) => Tree;
  /** The functions that it calls by name; they live as long as it does. */
  parts: Traced[];
}

/** How a function is traced. */
export interface TraceOptions {
  precision?: "fp32" | "bf16";
  /** Whether XLA will compile it. */
  xla?: boolean;
  /** Of so many arguments' tensors, the first ones, it is given one element of the first axis. */
  mapped?: number;
  /** Is told the function's nodes, in order, and the symbols of its arguments and results. */
  record?: { nodes: Recorded[]; inputs: Symbol[]; results: Symbol[] };
}

/**
 * Frees what TensorFlow holds for a trace that nobody can call any more. A call that is under way
 * holds its trace until it has its results, and this never comes in the midst of other code.
 */
const unreachable = new FinalizationRegistry(({ native, name }: { native: Native; name: string }) =>
  removeFunction(native, name)
);

/** How many functions were traced in this process; names each. */
let traced = 0;

/** Traces a function of the arguments' structure, shapes and types; their values do not matter. */
export function trace<A extends Tree[], R extends Tree>(
  target: TensorFlowEngine,
  fn: (...args: A) => R,
  args: A,
  { precision = "fp32", xla = false, mapped = 0, record }: TraceOptions,
): Traced {
  const { native, backend, tracing } = target;
  const outer = tracing.graph;
  const inputs = args.flatMap((arg, i) => leaves(arg, `argument ${i + 1}`));
  const types = inputs.map(([, tensor]) => typeOf(target, tensor));
  const graph = tracing.graph = newGraph(native, { precision, xla, recorded: record?.nodes });
  tf.engine().startScope();
  try {
    const placeholders = inputs.map(([origin, tensor], i) => {
      const shape = i < mapped ? tensor.shape.slice(1) : tensor.shape;
      return addPlaceholder(graph, { shape, dtype: types[i], origin });
    });
    const given = placeholders.map(({ argument }) => argument);
    const symbolic = withTensors(
      args,
      placeholders.map(({ metadata }) => backend.createOutputTensor(metadata)),
    ) as A;
    const result = fn(...symbolic);
    const returned = symbolsOf(backend, graph, leaves(result, "the result"));
    const name = `semantic_pairs_${++traced}`;
    record?.inputs.push(...given);
    record?.results.push(...returned);
    addFunction(graph, name, given, returned);
    const trace: Traced = {
      name,
      outputs: tensors(result).map(({ shape, dataId }) => ({
        shape,
        dtype: backend.tensorMap.get(dataId).dtype,
      })),
      rebuild: (results) => withTensors(result, results),
      parts: graph.parts,
    };
    unreachable.register(trace, { native, name });
    return trace;
  } finally {
    tf.engine().endScope(); // frees the symbolic tensors, after an error too
    tracing.graph = outer;
    deleteGraph(graph);
  }
}

/** A tensor's type as the engine has it, also where tfjs believes in another one. */
export function typeOf({ backend, tracing }: TensorFlowEngine, tensor: tf.Tensor): number {
  const [id] = tracing.graph ? backend.getInputTensorIds([tensor]) : [];
  const symbol = id === undefined ? undefined : tracing.graph!.symbols.get(id);
  return symbol?.dtype ?? backend.tensorMap.get(tensor.dataId).dtype;
}

function symbolsOf(backend: Backend, graph: Graph, named: Leaf[]): Symbol[] {
  return backend.getInputTensorIds(named.map(([, tensor]) => tensor)).map((id, i) => {
    const symbol = graph.symbols.get(id);
    if (symbol) return symbol;
    throw new Error(`jit: ${named[i][0]} is a captured tensor, not one made inside the function`);
  });
}

/** The types of a function's results, as operations that call it want them told. */
export const resultTypes = ({ outputs }: Traced) => outputs.map(({ dtype }) => dtype);

/** Calls traced functions in the graph that is being traced, by an operation that names them. */
export function callInGraph(
  { backend, tracing }: TensorFlowEngine,
  operation: string,
  attributes: Record<string, unknown>,
  inputs: tf.Tensor[],
  called: Traced[],
  outputs = called[0].outputs, // all return the same
): tf.Tensor[] {
  tracing.graph!.parts.push(...called);
  const given = attributesOf(attributes);
  const results = backend.executeMultipleOutputs(operation, given, inputs, outputs.length);
  return results.map((result, i) => { // TensorFlow does not look into the functions for the shapes
    const known = attributesOf({ T: outputs[i].dtype, shape: outputs[i].shape });
    return backend.executeSingleOutput("EnsureShape", known, [result]);
  });
}
