/**
 * `deno task bench faults [--json]`: seconds from the moment that one of four workers is killed, or
 * frozen, until all others have ended, naming it (wanted: 10); in the last 2.5 of them they linger, so
 * that all name the same one. Three times each, in turn.
 */
import { Problem } from "../../lib/base/problem.ts";
import { consoleProgress } from "../../lib/base/progress.ts";
import { inFolder } from "../in_folder.ts";
import { reached, startWorkers } from "../training/cluster_workers.ts";
import { format, header, type Row, summaryTable } from "./support/report.ts";
import { inTurn } from "./support/rounds.ts";

export async function run({ json }: { json: boolean }): Promise<void> {
  (json ? console.error : console.log)(header(undefined).split("\n")[0]);
  const found = await inTurn({
    killed: () => untilNamed("SIGKILL"),
    frozen: () => untilNamed("SIGSTOP"),
  }, { rounds: 3, progress: consoleProgress("faults") });
  if (!json) console.log(`\nseconds\n${summaryTable(found, 1)}\n`);
  const rows = Object.entries(found).map(([what, { median, low, high }]): Row => ({
    ...{ bench: "faults", case: `a worker of four is ${what}`, unit: "s until all have ended" },
    ...{ ours: median, peer: null, ratio: null, ranges: { ours: [low, high], peer: null } },
  }));
  console.log(format(rows, { json }));
}

const untilNamed = (signal: Deno.Signal): Promise<number> =>
  inFolder(async (directory) => {
    const workers = startWorkers(4, { methods: ["simclr"], epochs: 200, directory });
    const [, victim] = workers, others = workers.filter((worker) => worker !== victim);
    try {
      await Promise.all(workers.map((worker) => reached(worker, 4)));
      const struck = performance.now();
      victim.process.kill(signal);
      const told = await Promise.all(
        others.map(({ process }) => new Response(process.stderr).text()),
      );
      const seconds = (performance.now() - struck) / 1000;
      if (told.every((errors) => errors.includes(`worker 1 (${victim.address}) is gone`))) {
        return seconds;
      }
      throw new Problem(`bench faults: not all named it: ${told.join(" ")}`);
    } finally {
      for (const { process } of workers) endNow(process);
      await Promise.all(workers.map(({ process }) => process.status));
      if (!victim.process.stderr.locked) await victim.process.stderr.cancel();
    }
  });

function endNow(process: Deno.ChildProcess): void {
  try {
    process.kill("SIGKILL");
  } catch {
    // It has ended.
  }
}
