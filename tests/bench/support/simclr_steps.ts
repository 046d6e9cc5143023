/** The SimCLR step in three forms: tfjs's own operations, compiled, compiled in bfloat16. */
import { dispose, engineInfo, tf, withoutFusedKernels } from "../../../lib/engine/mod.ts";
import { simclr } from "../../../lib/methods/simclr.ts";
import { plainStep, pretrainingStep, type TrainingStep } from "../../../lib/training/step.ts";
import type { Steps } from "./steps.ts";
import { type Network, repeated, trainerOf } from "./training_steps.ts";

/** The steps by variant; a step has two views of each pair. WebGPU, which compiles nothing, has one. */
export function simclrSteps(network: Network, views: number): Record<string, Steps> {
  const trainer = trainerOf(network, simclr);
  const fp32 = pretrainingStep({ ...trainer, precision: "fp32" });
  const variants: Record<string, TrainingStep> = engineInfo().name === "webgpu"
    ? { webgpu: fp32 }
    : {
      "tfjs eager": eager(plainStep(trainer)),
      "jit": fp32,
      "jit bf16": pretrainingStep({ ...trainer, precision: "bf16" }),
    };
  return Object.fromEntries(
    Object.entries(variants).map(([name, step]) => [name, repeated(step, trainer, views / 2)]),
  );
}

/** A step without fused kernels: what tfjs alone would do. Frees the old state, as the others do. */
function eager(step: TrainingStep): TrainingStep {
  return (state, views, at) => {
    const run = () => step(state, views, at) as unknown as tf.TensorContainer;
    const result = withoutFusedKernels(() => tf.tidy(run)) as unknown as ReturnType<TrainingStep>;
    dispose(state);
    return result;
  };
}
