import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "@std/path";
import { runFolder } from "../../../lib/study/run_folder.ts";
import type { Cell, Run } from "../../../lib/study/cell.ts";
import { type Design, perMethodGains, withLength } from "../../../lib/study/design.ts";
import { inputsOf } from "../../../lib/study/material.ts";
import { run } from "../../../lib/study/run.ts";
import { carryOut } from "../../../lib/study/executors/carry_out.ts";
import { filesOf } from "../../../lib/study/executors/slurm.ts";
import { hasSlurm, withSlurm } from "./slurm_cluster.ts";

const smoke = perMethodGains("smoke"), cluster = { every: 400 };
const cellsOf = (seed: number) =>
  smoke.cells.filter(({ method, seed: of }) =>
    of === 1 && ["random", "simclr"].includes(method.name)
  ).map((cell) => ({ ...cell, seed }));

/** Whether the element of a cluster's one job has told of its progress: from then on it hears signals. */
function hasPrinted(folder: string): boolean {
  const base = join(folder, "slurm");
  return [...Deno.readDirSync(base)].some(({ name }) => {
    const log = filesOf(join(base, name)).log(0);
    return existsSync(log) && /^\d+s {2}/m.test(Deno.readTextFileSync(log)); // not a library's warning
  });
}

async function forget(cells: readonly Cell[]): Promise<void> {
  for (const cell of cells) {
    await Deno.remove(runFolder(await inputsOf(cell)), { recursive: true }).catch(() => {});
  }
}

/** What does not depend on the clock. */
const results = (runs: readonly Run[]) =>
  runs.map(({ inputs, metrics, curve, sameClassNegatives }) => (
    { inputs, metrics, curve, sameClassNegatives }
  ));

Deno.test({
  name:
    "slurm: the same store as here, byte for byte; failures are named; a stopped command goes on",
  ignore: !hasSlurm,
  fn: () =>
    withSlurm(async (folder) => {
      const cells = cellsOf(91);
      try {
        const [local, shared] = ["local", "shared"].map((name): Design => (
          { ...smoke, cells, folder: join(folder, name) }
        ));
        const here = await run(local, { workers: 2 });
        await forget(cells);
        const told: string[] = [];
        const progress = (done: number, total: number, note = "") =>
          told.push(`${done}/${total} ${note}`);
        const stop = new AbortController();
        const stopping = (done: number, total: number, note = "") => {
          if (note.includes("1 running")) stop.abort();
          progress(done, total, note);
        };
        await rejects(run(shared, { cluster, progress: stopping, signal: stop.signal }), {
          name: "Problem",
          message: /^SLURM job \d+: it goes on; the same command follows it, scancel ends it$/,
        });
        const there = await run(shared, { cluster, progress });
        deepStrictEqual(results(there), results(here));
        const jobs = new Set(told.map((line) => /job (\d+)/.exec(line)?.[1]));
        deepStrictEqual(jobs, new Set(["1"]), "the job that was there was followed");

        const [, augmented] = cellsOf(92), { training } = augmented;
        const optimizer = { ...training.optimizer, learningRate: 1e30 };
        const wild = { ...augmented, training: { ...training, optimizer } };
        await rejects(run({ ...shared, cells: [wild] }, { cluster }), {
          message: /^1 of 1 failed: SimCLR, augmented pairs, seed 92: .*loss/,
        });
      } finally {
        await forget([...cells, ...cellsOf(92)]);
      }
    }),
});

Deno.test({
  name:
    "slurm: told that its time is up, an element keeps a checkpoint and goes on; cancelled, it ends",
  ignore: !hasSlurm,
  fn: () =>
    withSlurm(async (folder) => {
      const [, cell] = cellsOf(93).map((cell) => withLength(cell, 120));
      const order = { directory: join(folder, "runs"), name: "long", run: cell };
      const scancel = async (...args: string[]) => {
        await new Deno.Command("scancel", { args }).output();
      };
      const update = async (id: string) => {
        const args = ["update", `JobId=${id}`, "StartTime=now"];
        await new Deno.Command("scontrol", { args, stderr: "null" }).output();
      };
      const checkpoints = join(runFolder(await inputsOf(cell)), "checkpoints");
      const kept = async () => {
        const files = await Array.fromAsync(Deno.readDir(checkpoints)).catch(() => []);
        return files.some(({ name }) => name.endsWith(".safetensors"));
      };
      try {
        let job = "", signalled = false, looks = 0;
        await carryOut([order], {
          cluster,
          progress: (_, __, note = "") => {
            job = /job (\d+)/.exec(note)?.[1] ?? job;
            // A job that is queued again waits two minutes, by the scheduler's default.
            if (signalled && note.includes("1 waiting")) update(`${job}_0`);
            if (signalled || !note.includes("1 running") || !hasPrinted(folder)) return;
            if (++looks < 5) return; // from the first image to training it takes a moment
            signalled = true;
            scancel("--signal=USR1", "--batch", `${job}_0`);
          },
        });
        ok(signalled, "it was running for a while");
        strictEqual(await kept(), false, "what is stored needs no checkpoint");
        const stored = await Array.fromAsync(Deno.readDir(order.directory));
        strictEqual(stored.length, 1);

        const other = { ...cell, seed: 94 };
        await rejects(
          carryOut([{ ...order, run: other }], {
            cluster,
            progress: (_, __, note = "") => {
              if (note.includes("1 running")) scancel(/job (\d+)/.exec(note)![1]);
            },
          }),
          { message: /^1 of 1 failed: long: it ended as CANCELLED, see .*log-0\.txt$/ },
        );
        await forget([other]);
      } finally {
        await forget([cell]);
      }
    }),
});
