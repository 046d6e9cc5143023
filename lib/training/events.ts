/** A run's curves in TensorBoard: `tensorboard --logdir <directory>`. */
import { summaryWriter } from "../engine/mod.ts";
import type { LogPoint } from "./fit.ts";

/** Where a run's numbers go, until it is closed. */
export interface EventLog {
  log(point: LogPoint): void;
  /** Writes out what is waiting. */
  flush(): void;
  /** As {@link flush}; nothing may follow. */
  close(): void;
}

/**
 * Writes a run's numbers into a new TensorBoard event file, one curve a name. They go to disk about
 * every ten seconds, while there are more to come, so that a run can be watched; after
 * {@link EventLog.flush} all of them are there.
 *
 * A run that is resumed adds a file to those of its directory. TensorBoard then forgets what these
 * say of its first step and later ones, which a killed run may have passed, and shows one curve.
 *
 * @param directory of one run
 * @throws {Problem} where the engine is not TensorFlow, or the directory cannot be written to
 * @example
 * ```ts
 * const directory = await Deno.makeTempDir();
 * const { log, close } = tensorboardLog(directory);
 * log({ step: 0, values: { loss: 4.2, learningRate: 0.1 } });
 * close();
 * await Deno.remove(directory, { recursive: true });
 * ```
 */
export function tensorboardLog(directory: string): EventLog {
  const writer = summaryWriter(directory);
  let begun = false;
  return {
    log: ({ step, values }) => {
      if (!begun) writer.restart(step);
      begun = true;
      for (const [name, value] of Object.entries(values)) writer.scalar(name, value, step);
    },
    flush: () => writer.flush(),
    close: () => writer.close(),
  };
}
