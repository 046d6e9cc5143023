/** What code can know and ask for while it is being compiled. */
import { addDelay } from "./graph.ts";
import { engine } from "./start.ts";
import { tf } from "./tfjs.ts";

/** In what precision the engine is about to compile for a CPU, where it is, and not by XLA. */
export function compilingForCpu(): "fp32" | "bf16" | undefined {
  if (engine.name !== "tensorflow" || engine.backend.isUsingGpuDevice) return undefined;
  const { graph } = engine.tracing;
  return graph?.xla ? undefined : graph?.precision;
}

/**
 * x, but what a jitted function computes of it waits for `earlier`. Elsewhere things run in the
 * order of the code anyway, and this is x itself.
 *
 * TensorFlow computes whatever is ready in an order of its own. What waits keeps its inputs in
 * memory; so work that frees much had better be done first.
 */
export function after<T extends tf.Tensor>(x: T, earlier: tf.Tensor): T {
  const graph = engine.name === "tensorflow" ? engine.tracing.graph : undefined;
  if (engine.name !== "tensorflow" || !graph || graph.xla) return x;
  const { backend } = engine;
  const [input, first] = backend.getInputTensorIds([x, earlier])
    .map((id) => graph.symbols.get(id)!);
  return backend.createOutputTensor(addDelay(graph, input, first)) as T;
}
