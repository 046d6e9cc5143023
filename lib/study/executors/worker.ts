/**
 * A process that carries out orders, see side_by_side.ts: a JSON line in, JSON lines out. It ends with
 * its input, or by SIGTERM; a run that is under way keeps a checkpoint.
 */
import { lines } from "../../base/lines.ts";
import { messageOf, Problem } from "../../base/problem.ts";
import type { Watch } from "../watch.ts";
import { type Order, perform } from "./order.ts";
import type { Answer } from "./side_by_side.ts";

const stopped = new AbortController();
const ends = () => stopped.abort(new Problem("stopped"));
if (Deno.build.os !== "windows") {
  Deno.addSignalListener("SIGTERM", ends);
  Deno.addSignalListener("SIGINT", () => {}); // the parent, which gets it too, says when to stop
}

function answer(text: Answer): void {
  try {
    Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(text) + "\n"));
  } catch {
    ends(); // nobody listens any more
  }
}

/** At most so many notes a second. */
const NOTES = 5;

async function carryOut(order: Order): Promise<Answer> {
  let last = 0;
  const watch: Watch = {
    signal: stopped.signal,
    progress: (_, __, note = "") => {
      if (performance.now() - last < 1000 / NOTES) return;
      last = performance.now();
      answer({ note });
    },
  };
  try {
    return { done: true, problem: await perform(order, watch) };
  } catch (error) {
    return { error: stackOf(error) };
  }
}

const stackOf = (error: unknown) =>
  error instanceof Error ? error.stack ?? error.message : messageOf(error);

/** One order after the other; the end of the input stops what is under way: nobody waits for it. */
async function work(): Promise<void> {
  const orders: Order[] = [];
  let wake = () => {};
  const listening = (async () => {
    for await (const line of lines(Deno.stdin.readable)) {
      orders.push(JSON.parse(line));
      wake();
    }
    ends();
    wake();
  })();
  while (!stopped.signal.aborted) {
    const order = orders.shift();
    if (order) answer(await carryOut(order));
    else await new Promise<void>((resolve) => wake = resolve);
  }
  await listening.catch(() => {});
}

await work();
Deno.exit();
