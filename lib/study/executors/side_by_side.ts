/**
 * Work side by side: processes that each have their share of the cores. Steps of small networks do not
 * fill several cores: on two of them, two processes do 1.6 times the work of one that has both.
 */
import { join } from "@std/path";
import { lines } from "../../base/lines.ts";
import { Problem } from "../../base/problem.ts";
import { silent } from "../../base/progress.ts";
import type { Watch } from "../watch.ts";
import type { Order } from "./order.ts";

/** What it answers, a line each: how far it is, or how it ended. */
export type Answer = { note: string } | Ended | { error: string };

/** All was tried; what failed, if anything did. */
type Ended = { done: true; problem?: string };

/**
 * Has orders carried out, each by the next process that is free.
 *
 * @param progress counts the orders that have ended; its note has what each process is at
 * @returns what failed, and why: messages of Problems
 * @throws {Problem} where a process ended without an answer
 */
export async function sideBySide(
  orders: readonly Order[],
  { workers, progress = silent, signal }: Watch & { workers: number },
): Promise<string[]> {
  const failures: string[] = [];
  const trouble = new AbortController(); // of one process: the others are stopped
  const stopped = AbortSignal.any([trouble.signal, ...(signal ? [signal] : [])]);
  const notes = new Map<number, string>();
  const next = orders.values();
  let ended = 0;
  const tell = () => progress(ended, orders.length, [...notes.values()].join(" · "));
  const work = async (number: number): Promise<void> => {
    using worker = startWorker(workers, stopped);
    for (const order of next) {
      const outcome = await worker.carryOut(order, (note) => {
        notes.set(number, `${order.name}: ${note}`);
        tell();
      });
      if (outcome.problem) failures.push(outcome.problem);
      ended++;
      notes.delete(number);
      tell();
    }
  };
  const processes = Math.min(workers, orders.length);
  const all = Array.from({ length: processes }, (_, number) => work(number));
  await Promise.all(all).catch(async (error) => {
    trouble.abort(error);
    await Promise.allSettled(all);
    throw error;
  });
  return failures;
}

/** What the engine and its libraries read how many threads they may have from. */
export const threadLimits = [
  "TF_NUM_INTRAOP_THREADS",
  "TF_NUM_INTEROP_THREADS",
  "OMP_NUM_THREADS",
];

/** A process, see worker.ts; its threads are its share of the cores. */
function startWorker(workers: number, signal: AbortSignal) {
  const threads = String(Math.max(1, Math.floor(navigator.hardwareConcurrency / workers)));
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", join(import.meta.dirname!, "worker.ts")],
    env: Object.fromEntries(threadLimits.map((name) => [name, threads])),
    ...{ stdin: "piped", stdout: "piped", stderr: "inherit" },
  }).spawn();
  let ended = false;
  child.status.then(() => ended = true);
  const stop = () => {
    if (!ended) child.kill("SIGTERM"); // it keeps a checkpoint
  };
  signal.addEventListener("abort", stop);
  const input = child.stdin.getWriter();
  const answers = lines(child.stdout);
  return {
    carryOut: async (order: Order, told: (note: string) => void): Promise<Ended> => {
      signal.throwIfAborted();
      await input.write(new TextEncoder().encode(JSON.stringify(order) + "\n"));
      for (;;) {
        const { value, done } = await answers.next();
        signal.throwIfAborted();
        if (done) throw new Problem(`a process that computed ${order.name} ended; see above`);
        const answer: Answer = JSON.parse(value);
        if ("error" in answer) throw new Error(`${order.name}: ${answer.error}`);
        if ("done" in answer) return answer;
        told(answer.note);
      }
    },
    [Symbol.dispose]: () => {
      signal.removeEventListener("abort", stop);
      input.close().catch(() => {}); // at the end of its input it ends
      child.stdout.cancel().catch(() => {});
      child.unref();
    },
  };
}
