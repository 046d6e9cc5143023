/** The SimCLR step in three forms: tfjs's own operations, compiled, compiled in bfloat16. */
import { prng } from "../../../lib/base/prng.ts";
import { dispose, tf, withoutFusedKernels } from "../../../lib/engine/mod.ts";
import { simclr, type SimclrOptions } from "../../../lib/methods/simclr.ts";
import { resnet } from "../../../lib/models/resnet.ts";
import { optimizer } from "../../../lib/training/optimizers.ts";
import {
  initialState,
  plainStep,
  pretrainingStep,
  type Step,
  type Trainer,
  type Views,
} from "../../../lib/training/step.ts";

/**
 * Functions that run a number of steps and then read the loss, by variant. Each holds its own
 * weights, for as long as the process lives.
 */
export function simclrSteps(
  { blocks, width, views }: { blocks: number[]; width: number; views: number },
): Record<string, (steps: number) => Promise<number>> {
  const trainer: Omit<Trainer<SimclrOptions>, "precision"> = {
    backbone: resnet({ block: "basic", blocks, width, stem: "cifar" }),
    method: simclr,
    options: simclr.defaults,
    optimizer: optimizer({ name: "sgd", learningRate: 0.05, momentum: 0.9, weightDecay: 1e-4 }),
  };
  const variants: Record<string, Step> = {
    "tfjs eager": eager(plainStep(trainer)),
    "jit": pretrainingStep({ ...trainer, precision: "fp32" }),
    "jit bf16": pretrainingStep({ ...trainer, precision: "bf16" }),
  };
  return Object.fromEntries(
    Object.entries(variants).map(([name, step]) => [name, repeated(step, trainer, views)]),
  );
}

function repeated(
  step: Step,
  { backbone, optimizer, options }: Omit<Trainer<SimclrOptions>, "precision">,
  views: number,
): (steps: number) => Promise<number> {
  const seed = prng(1);
  const batch: Views = {
    anchor: tf.randomUniform([views / 2, 32, 32, 3], 0, 1, "float32", 1),
    partner: tf.randomUniform([views / 2, 32, 32, 3], 0, 1, "float32", 2),
  };
  const learningRate = tf.scalar(0.05);
  let state = initialState(optimizer, {
    backbone: backbone.init(seed.fork("backbone")),
    heads: simclr.init(seed.fork("heads"), backbone.features, options),
  });
  return async (steps) => {
    let loss = tf.scalar(0);
    for (let i = 0; i < steps; i++) {
      loss.dispose();
      ({ state, loss } = step(state, batch, learningRate));
    }
    const [value] = await loss.data();
    loss.dispose();
    return value;
  };
}

/** A step without fused kernels: what tfjs alone would do. Frees the old state, as the others do. */
function eager(step: Step): Step {
  return (state, views, learningRate) => {
    const run = () => step(state, views, learningRate) as unknown as tf.TensorContainer;
    const result = withoutFusedKernels(() => tf.tidy(run)) as unknown as ReturnType<Step>;
    dispose(state);
    return result;
  };
}
