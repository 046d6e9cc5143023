/** One step of a run, in as many parts as memory asks for. */
import { dispose, jit, mapTree, tf, type Tree } from "../engine/mod.ts";
import type { Views } from "../methods/method.ts";
import type { Parts } from "../methods/network.ts";
import {
  descend,
  gradientsOf,
  type Measures,
  pretrainingStep,
  type Scalars,
  type Trainer,
  type TrainingState,
} from "./step.ts";

/** What a step told, as numbers. */
export type Told = { loss: number; sameClassNegatives: number };

/** A step on the views of a batch; takes over the state and the views. */
export type Advance = (
  state: TrainingState,
  parts: Views[],
  at: Record<string, number>,
) => Promise<{ state: TrainingState; told: Told }>;

/**
 * The steps of a trainer. A batch of one part is one call of the engine. Of several, the gradients
 * are averaged before the optimizer's one step (gradient accumulation): each part is a batch of its
 * own for batch norm and for the loss, so that negatives come from the part alone.
 */
export function advancer<Options>(trainer: Trainer<Options>): Advance {
  const whole = pretrainingStep(trainer);
  const inParts = accumulating(trainer);
  return async (state, parts, at) => {
    const scalars = Object.fromEntries(
      Object.entries(at).map(([name, value]) => [name, tf.scalar(value)]),
    );
    try {
      const result = parts.length === 1
        ? await whole.async(state, parts[0], scalars)
        : await inParts(state, parts, scalars);
      return { state: result.state, told: await read(result.measures) };
    } finally {
      dispose(parts, scalars);
    }
  };
}

type Sums = { gradients: Parts<Tree>; measures: Measures };

function accumulating<Options>(trainer: Trainer<Options>) {
  const add = jit((state: TrainingState, sums: Sums, views: Views, at: Scalars) => {
    const { gradients, measures, ...carried } = gradientsOf(trainer)(state, views, at);
    const next = mapTree((sum, more) => sum.add(more), sums, { gradients, measures });
    return { state: { ...state, ...carried }, sums: next };
  }, { precision: trainer.precision, donate: [0, 1] });
  const finish = jit((state: TrainingState, sums: Sums, count: tf.Scalar, at: Scalars) => {
    const { gradients, measures } = mapTree((sum) => sum.div(count), sums);
    return { state: descend(trainer)(state, gradients, at), measures };
  }, { donate: [0, 1, 2] });
  return async (state: TrainingState, parts: Views[], at: Scalars) => {
    let sums: Sums = {
      gradients: mapTree((w) => tf.zerosLike(w), state.params),
      measures: { loss: tf.scalar(0), sameClassNegatives: tf.scalar(0) },
    };
    for (const views of parts) ({ state, sums } = await add.async(state, sums, views, at));
    return await finish.async(state, sums, tf.scalar(parts.length), at);
  };
}

async function read({ loss, sameClassNegatives }: Measures): Promise<Told> {
  const [[value], [rate]] = await Promise.all([loss.data(), sameClassNegatives.data()]);
  dispose(loss, sameClassNegatives);
  return { loss: value, sameClassNegatives: rate };
}
