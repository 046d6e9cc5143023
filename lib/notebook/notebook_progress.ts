/** Progress in a notebook: a line that is updated in place while the cell runs. */
import { consoleProgress, type Progress, progressLine } from "../base/progress.ts";
import { broadcast, inNotebook } from "./front_end.ts";
import { OURS, type ProgressReport } from "./outputs.ts";

/**
 * A display that is updated in place, four times a second at most. Its metadata carries the numbers,
 * so that a headless runner passes them on and keeps no trace of the display.
 */
export function notebookProgress(label: string): Progress {
  const displayId = crypto.randomUUID();
  const start = performance.now();
  let shown = -Infinity;
  return (done, total, note) => {
    const now = performance.now();
    if (done < total && now - shown < 250) return;
    const type = shown === -Infinity ? "display_data" : "update_display_data";
    shown = now;
    const elapsed = (now - start) / 1000;
    const text = progressLine(label, { done, total, note, elapsed });
    const progress: ProgressReport = { label, done, total, note };
    const content = { data: { "text/plain": text }, metadata: { [OURS]: { progress } }, displayId };
    broadcast(type, content).catch(() => {}); // work goes on when nobody watches
  };
}

/** Progress where the user looks: in the notebook, else on stderr. */
export function progressFor(label: string): Progress {
  return inNotebook() ? notebookProgress(label) : consoleProgress(label);
}
