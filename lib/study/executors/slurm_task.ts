/**
 * An element of a job array, see slurm.ts: `slurm_task.ts FOLDER ELEMENT`. SIGUSR1 comes before the end
 * of its time: it keeps a checkpoint and queues itself again. SIGTERM is preemption, after which the
 * scheduler queues it again, or scancel, after which nobody should.
 */
import { writeAtomic } from "../../base/files.ts";
import { messageOf, Problem } from "../../base/problem.ts";
import { duration } from "../../base/progress.ts";
import type { Watch } from "../watch.ts";
import { type Order, perform } from "./order.ts";
import { filesOf } from "./slurm.ts";

const [folder, element] = Deno.args;
const files = filesOf(folder);
const stopped = new AbortController();
let again = false;
Deno.addSignalListener("SIGUSR1", () => {
  again = true;
  stopped.abort(new Problem("its time is up"));
});
Deno.addSignalListener("SIGTERM", () => stopped.abort(new Problem("it was told to stop")));

const start = performance.now();
let last = -Infinity;
const watch: Watch = {
  signal: stopped.signal,
  progress: (_, __, note) => {
    if (performance.now() - last < 30_000) return;
    last = performance.now();
    console.log(`${duration((performance.now() - start) / 1000)}  ${note}`);
  },
};

try {
  const orders: Order[] = JSON.parse(await Deno.readTextFile(files.orders));
  const problem = await perform(orders[Number(element)], watch);
  await writeAtomic(files.outcome(Number(element)), JSON.stringify({ problem }));
} catch (error) {
  if (!stopped.signal.aborted) {
    const problem = `${messageOf(error)}; see ${files.log(Number(element))}`;
    await writeAtomic(files.outcome(Number(element)), JSON.stringify({ problem }));
    throw error;
  }
  console.log(`stopped: ${messageOf(error)}`);
  if (again) await requeue();
  Deno.exit(1);
}
Deno.exit();

async function requeue(): Promise<void> {
  const [job, task] = ["SLURM_ARRAY_JOB_ID", "SLURM_ARRAY_TASK_ID"].map((name) =>
    Deno.env.get(name)
  );
  await new Deno.Command("scontrol", { args: ["requeue", `${job}_${task}`] }).output();
}
