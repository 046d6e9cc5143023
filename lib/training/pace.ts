/** How fast a run goes. */

/** How long so many steps took: without the first of each process, which includes tracing. */
export type Pace = { steps: number; seconds: number };

/** Steps a second; 0 where none was measured. */
export function stepsPerSecond({ steps, seconds }: Pace): number {
  return steps === 0 ? 0 : steps / seconds;
}

/**
 * Measures steps from `start` to `stop`, so that what happens between them does not count. A stop
 * without a start is that of the first step, which is left out.
 *
 * @param before what earlier processes measured of the same run
 */
export function stopwatch(before: Pace = { steps: 0, seconds: 0 }) {
  let { steps, seconds } = before;
  let since: number | undefined;
  return {
    start: () => {
      since = performance.now();
    },
    stop: () => {
      if (since === undefined) return;
      seconds += (performance.now() - since) / 1000;
      steps++;
      since = undefined;
    },
    pace: (): Pace => ({ steps, seconds }),
  };
}
