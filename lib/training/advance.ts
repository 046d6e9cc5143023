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
  shared,
  type Trainer,
  type TrainingState,
} from "./step.ts";

/** What a step told, as numbers. */
export type Told = Record<keyof Measures, number>;

/** A step on the views of a batch. It takes over the state and the views, also where it fails. */
export type Advance = (
  state: TrainingState,
  parts: Views[],
  at: Record<string, number>,
) => Promise<{ state: TrainingState; told: Told }>;

/**
 * The steps of a trainer. A batch of one part is one call of the engine. Of several, the gradients
 * are averaged before the optimizer's one step (gradient accumulation): each part is a batch of its
 * own for batch norm and for the loss, so that negatives come from the part alone, and what a part
 * leaves in running statistics and in the method's memory is what the next one finds. One part's
 * activations are in memory at a time, and beside them the sum of the gradients.
 */
export function advancer<Options>(trainer: Trainer<Options>): Advance {
  const whole = pretrainingStep(trainer);
  const inParts = accumulating(trainer);
  return async (state, parts, at) => {
    const scalars = Object.fromEntries(
      Object.entries(at).map(([name, value]) => [name, tf.scalar(value)]),
    );
    try {
      const { state: next, measures } = parts.length === 1
        ? await whole.async(state, parts[0], scalars)
        : await inParts(state, parts, scalars);
      return { state: next, told: await read(measures) };
    } catch (error) {
      dispose(state);
      throw error;
    } finally {
      dispose(parts, scalars);
    }
  };
}

/** Where a step stands between two of its parts. */
type Halfway = {
  state: TrainingState;
  sums: { gradients: Parts<Tree>; measures: Measures; parts: tf.Scalar };
};

function accumulating<Options>(trainer: Trainer<Options>) {
  const add = jit(({ state, sums }: Halfway, views: Views, at: Scalars): Halfway => {
    const { gradients, measures, ...carried } = gradientsOf(trainer)(state, views, at);
    const more = { gradients, measures, parts: tf.scalar(1) };
    const next = mapTree((sum, addend) => sum.add(addend), sums, more);
    return { state: { ...state, ...carried }, sums: next };
  }, { precision: trainer.precision, donate: [0] });
  const finish = jit(({ state, sums: { parts, ...sums } }: Halfway, at: Scalars) => {
    const { gradients, measures } = mapTree((sum) => sum.div(parts), sums);
    const { stats, momentum, memory } = state;
    const { gradients: all, ...carried } = shared(trainer, { gradients, stats, momentum, memory });
    return { state: descend(trainer)({ ...state, ...carried }, all, at), measures };
  }, { donate: [0] });
  return async (state: TrainingState, parts: Views[], at: Scalars) => {
    let halfway: Halfway = { state, sums: nothingYet(state) };
    try {
      for (const views of parts) halfway = await add.async(halfway, views, at);
      return await finish.async(halfway, at);
    } catch (error) {
      dispose(halfway);
      throw error;
    }
  };
}

function nothingYet({ params }: TrainingState): Halfway["sums"] {
  return {
    gradients: mapTree((w) => tf.zerosLike(w), params),
    measures: { loss: tf.scalar(0), sameClassNegatives: tf.scalar(0), spread: tf.scalar(0) },
    parts: tf.scalar(0),
  };
}

async function read(measures: Measures): Promise<Told> {
  const numbers = Object.entries(measures).map(async ([name, x]) => [name, (await x.data())[0]]);
  const told = Object.fromEntries(await Promise.all(numbers));
  dispose(measures);
  return told;
}
