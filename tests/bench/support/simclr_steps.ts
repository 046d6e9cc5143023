/** The SimCLR step in three forms: tfjs's own operations, compiled, compiled in bfloat16. */
import { prng } from "../../../lib/base/prng.ts";
import { dispose, tf, withoutFusedKernels } from "../../../lib/engine/mod.ts";
import { simclr, type SimclrOptions } from "../../../lib/methods/simclr.ts";
import type { Views } from "../../../lib/methods/method.ts";
import { resnet } from "../../../lib/models/resnet.ts";
import { optimizer } from "../../../lib/training/optimizers.ts";
import {
  initialState,
  plainStep,
  pretrainingStep,
  type Scalars,
  type Trainer,
  type TrainingStep,
} from "../../../lib/training/step.ts";

/**
 * Functions that run a number of steps and then read the loss, by variant. Each holds its own
 * weights, for as long as the process lives.
 */
export function simclrSteps(
  { blocks, width, views }: { blocks: number[]; width: number; views: number },
): Record<string, (steps: number) => Promise<number>> {
  const backbone = resnet({ architecture: "resnet", block: "basic", blocks, width, stem: "cifar" });
  const trainer: Omit<Trainer<SimclrOptions>, "precision"> = {
    backbone,
    method: simclr,
    options: simclr.defaults,
    sizes: { features: backbone.features, classes: 1 },
    optimizer: optimizer({ name: "sgd", learningRate: 0.05, momentum: 0.9, weightDecay: 1e-4 }),
  };
  const variants: Record<string, TrainingStep> = {
    "tfjs eager": eager(plainStep(trainer)),
    "jit": pretrainingStep({ ...trainer, precision: "fp32" }),
    "jit bf16": pretrainingStep({ ...trainer, precision: "bf16" }),
  };
  return Object.fromEntries(
    Object.entries(variants).map(([name, step]) => [name, repeated(step, trainer, views)]),
  );
}

function repeated(
  step: TrainingStep,
  trainer: Omit<Trainer<SimclrOptions>, "precision">,
  views: number,
): (steps: number) => Promise<number> {
  const seed = prng(1);
  const batch: Views = {
    anchor: tf.randomUniform([views / 2, 32, 32, 3], 0, 1, "float32", 1),
    partner: tf.randomUniform([views / 2, 32, 32, 3], 0, 1, "float32", 2),
    crops: [],
    labels: tf.zeros([views / 2], "int32"),
  };
  const at: Scalars = { learningRate: tf.scalar(0.05) };
  let state = initialState(trainer, {
    backbone: trainer.backbone.init(seed.fork("backbone")),
    prng: seed.fork("heads"),
  });
  return async (steps) => {
    let loss = tf.scalar(0);
    for (let i = 0; i < steps; i++) {
      loss.dispose();
      const result = step(state, batch, at);
      ({ state, measures: { loss } } = result);
      result.measures.sameClassNegatives.dispose();
    }
    const [value] = await loss.data();
    loss.dispose();
    return value;
  };
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
