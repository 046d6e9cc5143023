/** The workers of a job step, as SLURM tells each of its tasks. */
import { Problem } from "../base/problem.ts";
import type { Workers } from "../engine/mod.ts";
import { ask } from "./executors/slurm.ts";

/**
 * The tasks of a job step, e.g. `srun --nodes 4 deno task study imagenet --workers slurm`, in SLURM's
 * order of ranks (its block distribution), with ports from `port` on, one for each task of a node.
 *
 * @param hosts of the step's node list, e.g. by `scontrol show hostnames`
 * @throws {Problem} outside of a job step
 */
export async function workersOfStep(
  env: Pick<Deno.Env, "get">,
  port: number,
  hosts: (list: string) => Promise<string[]> = hostnames,
): Promise<Workers> {
  const [rank, list, tasks] = ["PROCID", "STEP_NODELIST", "STEP_TASKS_PER_NODE"]
    .map((name) => env.get(`SLURM_${name}`));
  if (rank === undefined || !list || !tasks) {
    throw new Problem("--workers slurm: this is no task of a job step: start it by srun");
  }
  const names = await hosts(list), counts = countsOf(tasks);
  const addresses = names.flatMap((host, node) =>
    Array.from({ length: counts[node] ?? 0 }, (_, task) => `${host}:${port + task}`)
  );
  return { addresses, rank: Number(rank) };
}

/** Tasks of each node, of SLURM's way to write them: `2(x3),1` is 2, 2, 2, 1. */
function countsOf(text: string): number[] {
  return text.split(",").flatMap((part) => {
    const [, count, times = "1"] = /^(\d+)(?:\(x(\d+)\))?$/.exec(part) ?? [];
    if (count === undefined) throw new Problem(`SLURM_STEP_TASKS_PER_NODE is ${text}`);
    return Array<number>(Number(times)).fill(Number(count));
  });
}

const hostnames = async (list: string) =>
  (await ask("scontrol", "show", "hostnames", list)).split("\n");
