/** PROVISIONAL: same signature in the final one; this runs eagerly. */
import { tf } from "./tfjs.ts";
import type { Tree } from "./tree.ts";
export interface JitOptions {
  /** "bf16" computes convolutions and matrix products in bfloat16; default "fp32". */
  precision?: "fp32" | "bf16";
  /** Compile with XLA: for chains of elementwise operations, not for convolutions on a CPU. */
  xla?: boolean;
  /** Indices of arguments whose tensors are freed by the call (an old state). */
  donate?: number[];
}
export interface Jitted<A extends Tree[], R extends Tree> {
  (...args: A): R;
  /** The same without blocking the event loop. */
  async(...args: A): Promise<R>;
}
export function jit<A extends Tree[], R extends Tree>(fn: (...args: A) => R, _options: JitOptions = {}): Jitted<A, R> {
  const call = (...args: A): R => tf.tidy(() => fn(...args) as unknown as tf.TensorContainer) as unknown as R;
  // deno-lint-ignore require-await
  return Object.assign(call, { async: async (...args: A) => call(...args) });
}
