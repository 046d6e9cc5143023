/** What code can know and ask for while it is being compiled. */
import { capturedError } from "./binding.ts";
import { addDelay } from "./graph.ts";
import { engine } from "./start.ts";
import { tf } from "./tfjs.ts";

/** In what precision TensorFlow is about to compile for a CPU, where it is, and not by XLA. */
export function precisionOnCpu(): "fp32" | "bf16" | undefined {
  if (engine.name !== "tensorflow" || engine.backend.isUsingGpuDevice) return undefined;
  const { graph } = engine.tracing;
  return graph?.xla ? undefined : graph?.precision;
}

/**
 * x, but what a jitted function computes of it waits for `earlier`: TensorFlow computes whatever is
 * ready in an order of its own, and may do early what is wanted late. It is x itself where things
 * run in the order of the code, and where XLA decides.
 */
export function after<T extends tf.Tensor>(x: T, earlier: tf.Tensor): T {
  if (engine.name !== "tensorflow") return x;
  const { backend, tracing: { graph } } = engine;
  if (!graph || graph.xla) return x;
  const [input, first] = [x, earlier].map((tensor) => {
    const symbol = graph.symbols.get(backend.getInputTensorIds([tensor])[0]);
    if (symbol) return symbol;
    throw capturedError(tensor.shape, tensor.dtype, "an order");
  });
  return backend.createOutputTensor(addDelay(graph, input, first)) as T;
}
