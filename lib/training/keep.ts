/** When a run writes a checkpoint, and what goes into it. */
import { type Checkpoint, curveArrays } from "./checkpoint.ts";
import { checkpointFolder } from "./checkpoint_folder.ts";
import { checkSpread, checkState } from "./health.ts";
import type { Pace } from "./pace.ts";
import { type CurvePoint, type Fit, identityOf } from "./run.ts";
import type { TrainingState } from "./step.ts";

/** Where checkpoints go, and how often. */
export type CheckpointOptions = {
  /** For this run alone; it is made. */
  directory: string;
  /** Minutes between two checkpoints; a last one is written at the end. */
  everyMinutes: number;
  /** Told of damaged checkpoints that are passed over; default `console.error`. */
  warn?: (message: string) => void;
  /** A clock in milliseconds; default `performance.now`. */
  now?: () => number;
};

/** How far a run is. */
export type Reached = { state: TrainingState; curve: CurvePoint[]; total: number; pace: Pace };

/** Keeps a run's checkpoints. */
export interface Keeper {
  /** The newest good one of this run. */
  newest(): Promise<Checkpoint | undefined>;
  /** Whether it is time for the next one. */
  isDue(): boolean;
  /** @throws {Problem} where the run is beyond help (health.ts), or the file cannot be written */
  write(reached: Reached): Promise<void>;
}

/** The keeper of a run. The first checkpoint is due one interval from now. */
export function keeperOf(run: Fit, options: CheckpointOptions): Keeper {
  const { directory, everyMinutes, warn = console.error, now = () => performance.now() } = options;
  const identity = identityOf(run);
  const folder = checkpointFolder(directory, identity, warn);
  let last = now();
  return {
    newest: folder.newest,
    isDue: () => now() - last >= everyMinutes * 60_000,
    write: async ({ state, curve, total, pace }) => {
      const step = curve.length;
      checkSpread(run, total, curve);
      const values = await checkState(run, { state, step, total });
      const told = { run: identity, step, total, pace };
      await folder.write({ ...told, state: values, curve: curveArrays(curve) });
      last = now();
    },
  };
}
