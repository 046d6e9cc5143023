/**
 * Progress of anything that takes more than two seconds: work reports to a {@link Progress}, the
 * caller decides how it is shown. A bar in a terminal, plain lines elsewhere (CI, log files); in a
 * notebook, `notebook/display.ts` shows it as an updated display.
 */

/** Told how far the work is; `note` is what the line says beside it (steps/s, loss, bytes). */
export type Progress = (done: number, total: number, note?: string) => void;

/** Shows nothing. */
export const silent: Progress = () => {};

/** Lets others have a turn within long computations, such as those who draw their progress. */
export const nextTurn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

/** `75` → `1m15s`. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return "?";
  const s = Math.max(0, Math.round(seconds));
  if (s < 60) return `${s}s`;
  if (s < 3600) return `${Math.floor(s / 60)}m${String(s % 60).padStart(2, "0")}s`;
  return `${Math.floor(s / 3600)}h${String(Math.floor(s % 3600 / 60)).padStart(2, "0")}m`;
}

/** One line of progress, e.g. `pretraining  42 %  630/1500  loss 4.21  35s left`. */
export function progressLine(
  label: string,
  { done, total, note = "", elapsed }: {
    done: number;
    total: number;
    note?: string;
    elapsed: number;
  },
): string {
  const percent = total > 0 ? Math.floor(100 * done / total) : 0;
  const left = done >= total
    ? `${duration(elapsed)} in all`
    : done > 0
    ? `${duration(elapsed * (total - done) / done)} left`
    : "";
  return [label, `${percent} %`, `${done}/${total}`, note, left].filter(Boolean).join("  ");
}

/**
 * A progress that prints to stderr: a bar that is redrawn in a terminal, else a plain line at the
 * start, at the end and every ten seconds.
 */
export function consoleProgress(label: string): Progress {
  const terminal = Deno.stderr.isTerminal();
  const start = performance.now();
  let shown = -Infinity;
  const write = (text: string) => Deno.stderr.writeSync(new TextEncoder().encode(text));
  return (done, total, note) => {
    const now = performance.now();
    const last = done >= total;
    if (!last && now - shown < (terminal ? 100 : 10_000)) return;
    shown = now;
    const line = progressLine(label, { done, total, note, elapsed: (now - start) / 1000 });
    if (!terminal) return write(line + "\n");
    const filled = Math.round(20 * done / Math.max(total, 1));
    const bar = "█".repeat(filled) + "░".repeat(20 - filled);
    write(`\r\x1b[K${bar} ${line}${last ? "\n" : ""}`);
  };
}
