/** Ctrl-C and its kin. */
import { Problem } from "../base/problem.ts";

/** Aborted by Ctrl-C and SIGTERM, so that no kernel outlives the task. */
export function interruption(): AbortSignal {
  const controller = new AbortController();
  const signals: Deno.Signal[] = Deno.build.os === "windows" ? ["SIGINT"] : ["SIGINT", "SIGTERM"];
  for (const signal of signals) {
    Deno.addSignalListener(signal, () => controller.abort(new Problem(`ended by ${signal}`)));
  }
  return controller.signal;
}
