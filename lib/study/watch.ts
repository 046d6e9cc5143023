/** Who follows the work. */
import { type Progress, silent } from "../base/progress.ts";

/** Who is told how far the work is, and who may stop it. */
export interface Watch {
  progress?: Progress;
  signal?: AbortSignal;
}

/** The same watch for a stage of the work, whose name and progress become part of the note. */
export function staged(stage: string, { progress = silent, signal }: Watch): Required<Watch> {
  const told: Progress = (done, total, note) =>
    progress(done, total, [`${stage} ${done}/${total}`, note].filter(Boolean).join("  "));
  return { progress: told, signal: signal ?? new AbortController().signal };
}
