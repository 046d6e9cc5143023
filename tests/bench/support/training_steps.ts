/** Training steps to be timed: on views that stay the same, with a state that lives on. */
import { prng } from "../../../lib/base/prng.ts";
import { dispose, tf } from "../../../lib/engine/mod.ts";
import type { Method, Moment, Views } from "../../../lib/methods/method.ts";
import { resnet } from "../../../lib/models/resnet.ts";
import { sgd } from "../../../lib/training/optimizers.ts";
import {
  initialState,
  type Scalars,
  schedulesOf,
  type Trainer,
  type TrainingState,
  type TrainingStep,
} from "../../../lib/training/step.ts";
import type { Steps } from "./steps.ts";

/** The backbone of a benchmark: residual blocks in each stage, and channels of the first. */
export type Network = { blocks: number[]; width: number };

/** As many classes as the labels have. */
const classes = 10;

/** In the middle of a long run: queues are in use, and no head is frozen any more. */
const moment: Moment = { step: 500, total: 1000, perEpoch: 1 };

/** How a method trains a ResNet with CIFAR stem by SGD; support/torch_peer.py has the same. */
export function trainerOf<Options>(
  { blocks, width }: Network,
  method: Method<Options>,
): Omit<Trainer<Options>, "precision"> {
  const backbone = resnet({ architecture: "resnet", block: "basic", blocks, width, stem: "cifar" });
  return {
    backbone,
    method,
    options: method.defaults,
    sizes: { features: backbone.features, classes },
    optimizer: sgd({ momentum: 0.9, weightDecay: 1e-4 }),
  };
}

/** What a step is called with: an initial state, views of so many pairs, numbers of a long run. */
export function stepArguments<Options>(
  trainer: Omit<Trainer<Options>, "precision">,
  pairs: number,
): [TrainingState, Views, Scalars] {
  const { backbone, method, options } = trainer;
  const schedules = Object.entries(schedulesOf(method, options, () => 0.05));
  const at: Scalars = Object.fromEntries(
    schedules.map(([name, schedule]) => [name, tf.scalar(schedule(moment))]),
  );
  const seed = prng(1);
  const state = initialState(trainer, {
    backbone: backbone.init(seed.fork("backbone")),
    prng: seed.fork("heads"),
  });
  return [state, randomViews(pairs), at];
}

/** A trainer's step, made repeatable. It holds its own weights for as long as the process lives. */
export function repeated<Options>(
  step: TrainingStep,
  trainer: Omit<Trainer<Options>, "precision">,
  pairs: number,
): Steps {
  const [initial, views, at] = stepArguments(trainer, pairs);
  let state = initial;
  return async (count) => {
    const start = performance.now();
    let loss = tf.scalar(0);
    for (let i = 0; i < count; i++) {
      const { state: next, measures } = step(state, views, at);
      const { loss: newest, ...others } = measures;
      dispose(loss, others);
      state = next;
      loss = newest;
    }
    const [value] = await loss.data();
    loss.dispose();
    return { seconds: (performance.now() - start) / 1000, loss: value };
  };
}

function randomViews(pairs: number): Views {
  const images = (seed: number) =>
    tf.randomUniform<tf.Rank.R4>([pairs, 32, 32, 3], 0, 1, "float32", seed);
  const labels = Array.from({ length: pairs }, (_, i) => i % classes);
  return {
    anchor: images(1),
    partner: images(2),
    crops: [],
    labels: tf.tensor1d(labels, "int32"),
  };
}
