/** Training steps that can be run and timed, whoever runs them: the engine here, or a torch. */
import type { Progress } from "../../../lib/base/progress.ts";

/** Seconds of all steps together, and the last loss, or what else a step results in. */
export type Timed<Loss = number> = { seconds: number; loss: Loss };

/** Runs a number of steps, then reads the last one's loss. */
export type Steps<Loss = number> = (count: number) => Promise<Timed<Loss>>;

/** Runs all a few times, so that tracing and first touches of memory are behind them: first losses. */
export async function warmUp<Name extends string>(
  all: Record<Name, Steps>,
  progress: Progress,
): Promise<Record<Name, number>> {
  const names = Object.keys(all) as Name[];
  const losses: [Name, number][] = [];
  for (const [done, name] of names.entries()) {
    progress(done, names.length, name);
    losses.push([name, (await all[name](1)).loss]);
    await all[name](2);
  }
  progress(names.length, names.length);
  return Object.fromEntries(losses) as Record<Name, number>;
}

/** For each, a function that runs so many steps and returns how many there were in a second. */
export function stepsPerSecond<Name extends string>(
  all: Record<Name, Steps>,
  count: number,
): Record<Name, () => Promise<number>> {
  const entries = Object.entries<Steps>(all).map(([name, run]) =>
    [name, async () => count / (await run(count)).seconds] as const
  );
  return Object.fromEntries(entries) as Record<Name, () => Promise<number>>;
}
