/** Pretraining: from pairs of images to a backbone. */
import { type Progress, silent } from "../base/progress.ts";
import { type Cluster, dispose, LostWorker } from "../engine/mod.ts";
import { resolveMethod } from "../methods/index.ts";
import type { Variables } from "../models/model.ts";
import {
  type Checkpoint,
  curveArrays,
  curvePoints,
  readState,
  restoreState,
} from "./checkpoint.ts";
import { checkLoss, checkSpread, checkState, Diverged } from "./health.ts";
import { type CheckpointOptions, keeperOf, type Reached } from "./keep.ts";
import { type Pace, stepsPerSecond, stopwatch } from "./pace.ts";
import { initialBackbone, prepare, type Prepared } from "./prepare.ts";
import { checkRun, type CurvePoint, type Fit, identityOf } from "./run.ts";
import type { TrainingState } from "./step.ts";
import {
  agree,
  asLost,
  checkShares,
  leaving,
  oneStops,
  type Part,
  startOf,
  stepTogether,
} from "./team.ts";

export type { CheckpointOptions } from "./keep.ts";
export { initialBackbone } from "./prepare.ts";
export type { CurvePoint, Fit, TrainingConfig } from "./run.ts";

/** What pretraining gives; the caller disposes of both parts' variables. */
export interface Fitted {
  backbone: Variables;
  heads: Variables;
  /** Every step, in order. */
  curve: CurvePoint[];
  /** After the first step, which includes tracing; 0 where there was no other. */
  stepsPerSecond: number;
}

/** Numbers of a run at a step, by the names of their curves. */
export type LogPoint = { step: number; values: Record<string, number> };

/** The end of an epoch. */
export type EpochEnd = {
  /** The epoch's last step, and the epoch; both from 0. */
  step: number;
  epoch: number;
  /** Steps of the run. */
  total: number;
  /** The backbone as it is, on loan: the run goes on with its variables. */
  backbone: Variables;
};

/** Who is told of a run, and who may stop it. */
export interface FitOptions {
  progress?: Progress;
  /** Stops the run after the step at hand, with a checkpoint; the error is the signal's reason. */
  signal?: AbortSignal;
  /** Writes checkpoints, and goes on from the newest. */
  checkpoints?: CheckpointOptions;
  /** Told of every step's curve point and scheduled numbers. */
  log?: (point: LogPoint) => void | Promise<void>;
  /** Called before a checkpoint, so that what was logged is as durable: it is not told again. */
  flush?: () => void | Promise<void>;
  /** Looks at the backbone after every epoch; what it finds is logged, what it throws ends the run. */
  observe?: (end: EpochEnd) => Promise<Record<string, number>>;
  /**
   * The workers that share each batch, this process one of them: all call `fit` with the same run, and
   * all get its result, the same as one of them alone would but for rounding. Worker 0's checkpoints
   * are the run's; where a worker is lost, the first of the others keeps a last one.
   */
  cluster?: Cluster;
}

/**
 * Pretrains a backbone; a method without a loss leaves it as it is initialised.
 *
 * All randomness comes from the seed by name: the initial weights, the order of pairs in each epoch,
 * and the views of the anchors and of the partners of each batch. Two runs that differ in nothing
 * but their partners therefore share everything else, and a run that was killed and goes on from a
 * checkpoint ends, on the same CPU with as many threads, with the very bits of one that was not.
 *
 * The next batch's views are drawn while a step runs, and the event loop stays free throughout.
 *
 * @throws {Problem} where the pairs belong to another data set or do not fill a batch, where the
 *   loss or the weights are no longer finite, where all embeddings point one way, where the
 *   checkpoints are another run's; what was kept before stays
 * @throws {LostWorker} where one of the workers does not answer any more
 */
export async function fit(run: Fit, options: FitOptions = {}): Promise<Fitted> {
  const { progress = silent, signal, checkpoints, cluster } = options;
  checkRun(run);
  if (!resolveMethod(run.method).method.loss) return untrained(run);
  checkShares(run, cluster?.workers.addresses.length ?? 1);
  const prepared = prepare(run, cluster?.replicas);
  const { total, advance } = prepared;
  if (cluster) await agree(cluster, run);
  const keeper = checkpoints && keeperOf(run, checkpoints);
  const leads = (cluster?.workers.rank ?? 0) === 0, part = { cluster, leads, keeper };
  const saved = leads ? await keeper?.newest() : undefined;
  let { state, curve, pace } = await begin(prepared, saved, { run, cluster });
  const watch = stopwatch(pace);
  let finished = false;
  try {
    if (curve.length > 0) progress(curve.length, total, `goes on from step ${curve.length}`);
    const backbone = () => backboneIn(state);
    for await (const views of prepared.viewsFrom(curve.length, backbone)) {
      const at = prepared.at(curve.length);
      const before = { state, curve, total, pace: watch.pace() };
      const result = await stepTogether(() => advance(state, views, at), before, part);
      state = result.state;
      watch.stop();
      curve.push({ step: curve.length, learningRate: at.learningRate, ...result.told });
      checkLoss(run, total, curve);
      progress(curve.length, total, note(curve, watch.pace()));
      if (leads) await report(options, prepared, { state, curve, at });
      if (curve.length % prepared.perEpoch === 0) checkSpread(run, total, curve);
      await keepOrStop(options, { state, curve, total, pace: watch.pace() }, part);
      const finds = run.later?.from.includes(curve.length / prepared.perEpoch);
      if (!finds) watch.start(); // finding pairs is no step
    }
    if (!keeper || !leads) await checkState(run, { state, step: total, total }); // a keeper has
    finished = true;
  } catch (error) {
    throw error instanceof Diverged || signal?.aborted ? error : asLost(error, cluster);
  } finally {
    const { momentum, memory, optimizer } = state;
    dispose(finished ? { momentum, memory, optimizer } : state);
  }
  const { params, stats } = state;
  return {
    backbone: backboneIn(state),
    heads: { params: params.heads, stats: stats.heads },
    curve,
    stepsPerSecond: stepsPerSecond(watch.pace()),
  };
}

function untrained({ backbone, seed }: Fit): Fitted {
  const heads = { params: {}, stats: {} };
  return { backbone: initialBackbone(backbone, seed), heads, curve: [], stepsPerSecond: 0 };
}

/** Where a run begins: at its first step, or after the last one that was kept; where worker 0 does. */
async function begin(
  { initial, at, total }: Prepared,
  saved: Checkpoint | undefined,
  { run, cluster }: { run: Fit; cluster?: Cluster },
): Promise<Omit<Reached, "total">> {
  const state = initial();
  const pace = { steps: 0, seconds: 0 };
  if (!saved && !cluster) return { state, curve: [], pace };
  try {
    const first = saved ?? {
      ...{ run: identityOf(run), step: 0, total, pace, curve: curveArrays([]) },
      state: await readState(state),
    };
    const kept = cluster ? await startOf(cluster, first) : first;
    const curve = curvePoints(kept.curve, (step) => at(step).learningRate);
    return { state: restoreState(state, kept.state), curve, pace: kept.pace };
  } finally {
    dispose(state);
  }
}

/** Keeps the run where it is due, and ends it where one of its workers was told to stop. */
async function keepOrStop(
  { signal, flush }: FitOptions,
  reached: Reached,
  { cluster, leads, keeper }: Part,
): Promise<void> {
  const { curve: { length: step }, total } = reached;
  const stop = cluster ? await oneStops(cluster, step, signal) : signal?.aborted;
  if (keeper && leads && (stop || step === total || keeper.isDue())) {
    await flush?.();
    const write = () => keeper.write(reached);
    await (step < total ? leaving(write, cluster) : write()); // at the end all check
  }
  if (stop) {
    throw signal?.aborted ? signal.reason : new LostWorker("another worker was stopped", []);
  }
}

/** Logs a step, and at the end of an epoch what is observed. */
async function report(
  { log, observe }: FitOptions,
  { perEpoch, total }: Prepared,
  { state, curve, at }: {
    state: TrainingState;
    curve: CurvePoint[];
    at: Record<string, number>;
  },
): Promise<void> {
  const { step, ...told } = curve[curve.length - 1];
  await log?.({ step, values: { ...told, ...at } });
  if (!observe || curve.length % perEpoch !== 0) return;
  const epoch = curve.length / perEpoch - 1;
  const values = await observe({ step, epoch, total, backbone: backboneIn(state) });
  await log?.({ step, values });
}

const backboneIn = ({ params, stats }: TrainingState): Variables => (
  { params: params.backbone, stats: stats.backbone }
);

function note(curve: CurvePoint[], pace: Pace): string {
  const loss = `loss ${curve[curve.length - 1].loss.toFixed(3)}`;
  return pace.steps === 0 ? loss : `${stepsPerSecond(pace).toFixed(1)} steps/s  ${loss}`;
}
