/**
 * Orders as a SLURM job array, an order an element; the folder of results has to be one that all nodes
 * share. What an element cannot finish in its time it leaves as a checkpoint, and queues itself again.
 */
import { basename, dirname, join } from "@std/path";
import { checkout, exists, writeAtomic } from "../../base/files.ts";
import { keyOf } from "../../base/hash.ts";
import { Problem } from "../../base/problem.ts";
import { silent } from "../../base/progress.ts";
import type { Watch } from "../watch.ts";
import type { Order } from "./order.ts";
import { threadLimits } from "./side_by_side.ts";

/** What each element asks the scheduler for; what is left out is the cluster's default. */
export interface SlurmOptions {
  partition?: string;
  /** As sbatch takes it, e.g. `4:00:00`. */
  time?: string;
  /** e.g. `8G` */
  memory?: string;
  cpus?: number;
  /** e.g. `gpu:1` */
  gres?: string;
  /** So many elements run at once, at most. */
  atOnce?: number;
  /** Milliseconds between two looks at the queue. */
  every?: number;
}

/** Seconds before the end of its time at which an element is told to stop. */
const NOTICE = 120;

/**
 * Milliseconds that an element may be in neither queue nor outcome: a shared folder may be behind the
 * scheduler, and one that queues itself again is nowhere for a moment.
 */
const PATIENCE = 6000;

/** Where the elements of a submission find their orders, and leave what became of them. */
export const filesOf = (folder: string) => ({
  orders: join(folder, "orders.json"),
  outcome: (element: number) => join(folder, `outcome-${element}.json`),
  log: (element: number | "%a") => join(folder, `log-${element}.txt`),
});

/** Where an order is: an element of a job, with the folder of its submission. */
interface Place {
  job: string;
  element: number;
  folder: string;
}

/**
 * Submits the orders that are not queued already, and follows all until they have ended. Who stops
 * following does not stop them.
 *
 * @param progress counts the orders that have ended; its note says how many run and wait
 * @returns what failed, and why
 * @throws {Problem} where the scheduler refuses
 */
export async function slurm(
  orders: readonly Order[],
  { progress = silent, signal, every = 2000, ...options }: Watch & SlurmOptions,
): Promise<string[]> {
  if (orders.length === 0) return [];
  const places = await placesOf(orders, options);
  const ended = new Map<Order, string | undefined>(), gone = new Map<Order, number>();
  while (ended.size < orders.length) {
    if (signal?.aborted) throw goesOn(places);
    const states = await statesOf(places);
    for (const [i, order] of orders.entries()) {
      if (ended.has(order)) continue;
      const place = places[i], log = filesOf(place.folder).log(place.element);
      const outcome = await outcomeOf(place);
      if (outcome) ended.set(order, outcome.problem);
      if (states[i]) gone.delete(order);
      if (outcome || states[i]) continue;
      const since = gone.get(order) ?? Date.now();
      gone.set(order, since);
      if (Date.now() - since < PATIENCE) continue;
      ended.set(order, `${order.name}: it ended as ${await endOf(place)}, see ${log}`);
    }
    const running = states.filter((state) => state === "RUNNING").length;
    const waiting = states.filter((state) => state).length - running;
    progress(
      ended.size,
      orders.length,
      `SLURM ${namesOf(places)}: ${running} running, ${waiting} waiting`,
    );
    if (ended.size < orders.length) await pause(every, signal);
  }
  const failures = [...ended.values()].filter((problem) => problem !== undefined);
  if (failures.length === 0) await clear(places);
  return failures;
}

/** Their jobs in words, e.g. `job 42`. */
function namesOf(places: readonly Place[]): string {
  const jobs = [...new Set(places.map(({ job }) => job))];
  return `job${jobs.length > 1 ? "s" : ""} ${jobs.join(", ")}`;
}

/** Removes what submissions have left that all went well. */
async function clear(places: readonly Place[]): Promise<void> {
  for (const folder of new Set(places.map(({ folder }) => folder))) {
    await Deno.remove(folder, { recursive: true }).catch(() => {});
  }
}

const goesOn = (places: readonly Place[]) =>
  new Problem(
    `SLURM ${namesOf(places)}: it goes on; the same command follows it, scancel ends it`,
  );

async function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    }, { once: true });
  });
}

/** Where each order is queued; those that are not yet, in a job that is submitted now. */
async function placesOf(orders: readonly Order[], options: SlurmOptions): Promise<Place[]> {
  const base = join(dirname(orders[0].directory), "slurm");
  const known = await queued(base);
  const others = orders.filter((order) => !known.has(keyOf(order)));
  if (others.length > 0) {
    const folder = join(base, keyOf(others).slice(0, 12));
    const job = await submit(others, folder, options);
    others.forEach((order, element) => known.set(keyOf(order), { job, element, folder }));
  }
  return orders.map((order) => known.get(keyOf(order))!);
}

const PREFIX = "semantic-pairs-";

/** The orders of this folder that are in the queue, by their keys. */
async function queued(base: string): Promise<Map<string, Place>> {
  const text = await ask("squeue", "--noheader", "--me", "--array", "--format", "%j %F %K");
  const found = new Map<string, Place>();
  for (const line of text.split("\n")) {
    const [name, job, element] = line.split(" ");
    const folder = join(base, name.slice(PREFIX.length)), { orders } = filesOf(folder);
    if (!name.startsWith(PREFIX) || !await exists(orders)) continue;
    const order = JSON.parse(await Deno.readTextFile(orders))[Number(element)];
    found.set(keyOf(order), { job, element: Number(element), folder });
  }
  return found;
}

async function submit(
  orders: readonly Order[],
  folder: string,
  { partition, time, memory, cpus, gres, atOnce }: SlurmOptions,
): Promise<string> {
  const files = filesOf(folder);
  await Deno.remove(folder, { recursive: true }).catch(() => {}); // of an earlier submission
  await writeAtomic(files.orders, JSON.stringify(orders));
  const task = join(import.meta.dirname!, "slurm_task.ts");
  const command = [Deno.execPath(), "run", "-A", task, folder].map(quoted).join(" ");
  const asked = { partition, time, mem: memory, "cpus-per-task": cpus, gres };
  const text = await ask(
    "sbatch",
    "--parsable",
    ...["--job-name", `${PREFIX}${basename(folder)}`, "--chdir", checkout],
    ...["--requeue", "--open-mode", "append", "--output", files.log("%a")],
    ...["--signal", `B:USR1@${NOTICE}`],
    ...["--array", `0-${orders.length - 1}${atOnce ? `%${atOnce}` : ""}`],
    ...Object.entries(asked).flatMap(([flag, value]) => value ? [`--${flag}=${value}`] : []),
    ...["--wrap", `${threads}\nexec ${command} "$SLURM_ARRAY_TASK_ID"`], // the signal is for Deno
  );
  return text.split(";")[0];
}

/** As many threads as an element has cores: results depend on their number, by rounding. */
const threads = threadLimits
  .map((name) => `export ${name}="\${SLURM_CPUS_PER_TASK:-1}"`).join("\n");

const quoted = (text: string) => "'" + text.replaceAll("'", "'\\''") + "'";

/** The state of each place that is in the queue. */
async function statesOf(places: readonly Place[]): Promise<(string | undefined)[]> {
  const text = await ask("squeue", "--noheader", "--me", "--array", "--format", "%F_%K %T");
  const states = new Map(text.split("\n").map((line) => line.split(" ") as [string, string]));
  return places.map(({ job, element }) => states.get(`${job}_${element}`));
}

/** How an element ended that has left no outcome, e.g. `TIMEOUT`. */
async function endOf({ job, element }: Place): Promise<string> {
  const text = await ask("scontrol", "--oneliner", "show", "job", `${job}_${element}`)
    .catch(() => "");
  return /JobState=(\S+)/.exec(text)?.[1] ?? "unknown";
}

/** What became of an order, if it has ended. */
async function outcomeOf({ folder, element }: Place): Promise<{ problem?: string } | undefined> {
  const path = filesOf(folder).outcome(element);
  return await exists(path) ? JSON.parse(await Deno.readTextFile(path)) : undefined;
}

/** What a program of SLURM prints. @throws {Problem} where it fails, or there is none */
export async function ask(program: string, ...args: string[]): Promise<string> {
  const command = new Deno.Command(program, { args, stdout: "piped", stderr: "piped" });
  const { success, stdout, stderr } = await command.output().catch(() => {
    throw new Problem(`there is no ${program} here: --executor slurm is for machines of a cluster`);
  });
  const [out, error] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes).trim());
  if (!success) throw new Problem(`${program}: ${error.split("\n").at(-1)}`);
  return out;
}
