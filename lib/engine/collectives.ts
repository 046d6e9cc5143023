/** TensorFlow's collective operations: within a jitted function, with gradients, and eagerly. */
import { DType } from "./dtypes.ts";
import { callAsync, download, upload } from "./eager.ts";
import { addOperation, cast, register, type Symbol } from "./graph.ts";
import { attributesOf, type Native, release } from "./native.ts";
import type { Replicas } from "./replicas.ts";
import type { TensorFlowEngine } from "./start.ts";
import { tf } from "./tfjs.ts";

/** The processes of a group, and the number of their next exchange. */
export interface Group {
  readonly count: number;
  /** Which of them this is. */
  readonly rank: number;
  /**
   * All trace the same functions in the same order, so that the same exchange has the same number in
   * all of them.
   */
  exchanges: number;
}

/** The group's own number: there is one. */
const GROUP = 1;

/** Which collective operation, and its attributes beside its type. */
type Collective = [name: string, attributes: Record<string, string | number>];

const hint = { communication_hint: "ring" };
const SUM: Collective = ["CollectiveReduceV2", { merge_op: "Add", final_op: "Id", ...hint }];
const GATHER: Collective = ["CollectiveGatherV2", hint];

/** The numbers by which processes find each other for an exchange. */
const nextExchange = (group: Group) => [group.count, GROUP, group.exchanges++];

/** What the processes of a group tell each other in traced functions. */
export function replicasOf(target: TensorFlowEngine, group: Group): Replicas {
  const { count, rank } = group;
  const own = <T extends tf.Tensor>(rows: T): T => {
    const [all, ...rest] = rows.shape, n = all / count;
    return tf.slice(rows, [rank * n, ...rest.map(() => 0)], [n, ...rest]) as T;
  };
  const sum = (x: tf.Tensor) => exchange(target, group, SUM, x);
  return {
    ...{ count, rank, own },
    gather: differentiable((rows) => {
      const [n, ...rest] = rows.shape;
      return exchange(target, group, GATHER, rows, { shape: [count * n, ...rest] });
    }, own),
    sum: differentiable(sum, sum),
    mean: differentiable((x) => sum(x).div(count), (dy) => dy.div(count)),
    sumOfVector: (x, { wire }) =>
      exchange(target, group, SUM, x, { wire: wire === "bf16" ? DType.bfloat16 : DType.float32 }),
  };
}

function differentiable(
  forward: (x: tf.Tensor) => tf.Tensor,
  backward: (dy: tf.Tensor) => tf.Tensor,
): <T extends tf.Tensor>(x: T) => T {
  const apply = tf.customGrad((...args) => {
    const [x] = args as [tf.Tensor];
    return { value: forward(x), gradFunc: (dy: tf.Tensor) => backward(dy) };
  });
  return (x) => apply(x) as typeof x;
}

/**
 * Adds an exchange to the graph that is being traced.
 *
 * @param wire the type in which floats travel; what the graph computes with stays as it is
 * @param shape of the result, where it is not that of x
 */
function exchange<T extends tf.Tensor>(
  { tracing: { graph }, backend }: TensorFlowEngine,
  group: Group,
  [name, attributes]: Collective,
  x: T,
  { wire = DType.float32, shape = x.shape }: { wire?: number; shape?: number[] } = {},
): T {
  if (!graph) throw new Error(`${name} outside of a jitted function`);
  const type = x.dtype === "int32" ? DType.int32 : wire;
  const inputs = [x, ...nextExchange(group).map((n) => tf.scalar(n, "int32"))];
  const [given, ...numbers] = backend.getInputTensorIds(inputs).map((id) => graph.symbols.get(id)!);
  const sent = type === DType.int32 ? given : cast(graph, given, type);
  const one = (name: string, attributes: object, symbols: Symbol[]) => {
    const [{ id }] = addOperation(
      graph,
      name,
      attributesOf({ T: type, ...attributes }),
      symbols,
      1,
    );
    return graph.symbols.get(id)!;
  };
  // TensorFlow does not know what comes of so many processes.
  const got = one("EnsureShape", { shape }, [one(name, attributes, [sent, ...numbers])]);
  const received = type === DType.bfloat16 ? cast(graph, got, DType.float32) : got;
  return backend.createOutputTensor(register(graph, received)) as T;
}

/** The numbers of all processes, those of rank 0 first; each gives as many. Not in a trace. */
export async function gatherNow(
  native: Native,
  group: Group,
  values: Int32Array,
): Promise<Int32Array[]> {
  const all = await exchangeNow(native, GATHER, [values, ...scalars(nextExchange(group))]);
  return Array.from(
    { length: group.count },
    (_, rank) => all.slice(rank * values.length, (rank + 1) * values.length),
  );
}

/** The numbers of rank 0, which every process gets; how many they are, all know. Not in a trace. */
export async function broadcastNow(
  native: Native,
  group: Group,
  values: Int32Array,
): Promise<Int32Array> {
  const numbers = scalars(nextExchange(group));
  if (group.rank === 0) {
    return await exchangeNow(native, ["CollectiveBcastSendV2", hint], [values, ...numbers]);
  }
  const shape = Int32Array.of(values.length);
  return await exchangeNow(native, ["CollectiveBcastRecvV2", { Tshape: DType.int32, ...hint }], [
    ...numbers,
    shape,
  ]);
}

const scalars = (numbers: number[]) => numbers.map((n) => [n] as const);

/** An exchange of whole numbers at once, without blocking; scalars as tuples, vectors as arrays. */
async function exchangeNow(
  native: Native,
  [name, attributes]: Collective,
  inputs: (Int32Array | readonly [number])[],
): Promise<Int32Array> {
  const ids = inputs.map((values) =>
    upload(native, values instanceof Int32Array ? [values.length] : [], DType.int32, values)
  );
  const given = attributesOf({ T: DType.int32, ...attributes });
  const results: number[] = [];
  try {
    results.push(...await callAsync(native, name, given, ids, 1));
    return download(native, results[0]) as Int32Array;
  } finally {
    for (const id of [...ids, ...results]) release(native, id);
  }
}
