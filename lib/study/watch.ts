/** Who follows the work. */
import { type Progress, silent } from "../base/progress.ts";
import type { Cluster } from "../engine/mod.ts";

/** Who is told how far the work is, who may stop it, and who helps. */
export interface Watch {
  progress?: Progress;
  signal?: AbortSignal;
  /** Workers that train along, see team.ts; this process is their first. */
  team?: Cluster;
}

/** The same watch for a stage of the work, whose name and progress become part of the note. */
export function staged(stage: string, { progress = silent, signal, team }: Watch): Followed {
  const told: Progress = (done, total, note) =>
    progress(done, total, [`${stage} ${done}/${total}`, note].filter(Boolean).join("  "));
  return { progress: told, signal: signal ?? new AbortController().signal, team };
}

/** A watch that somebody keeps. */
export type Followed = Watch & Required<Pick<Watch, "progress" | "signal">>;
