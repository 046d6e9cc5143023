import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";
import { join } from "@std/path";
import type { Run } from "../../lib/study/cell.ts";
import { inputsOf } from "../../lib/study/material.ts";
import { run } from "../../lib/study/run.ts";
import { runFolder } from "../../lib/study/run_folder.ts";
import { workersOfStep } from "../../lib/study/slurm_workers.ts";
import { load } from "../../lib/study/store.ts";
import { freePorts } from "../../lib/base/free_ports.ts";
import { freeAddresses } from "../free_addresses.ts";
import { inFolder } from "../in_folder.ts";
import { hasSlurm, withSlurm } from "./executors/slurm_cluster.ts";
import { smallStudy } from "./team_child.ts";

const child = join(import.meta.dirname!, "team_child.ts");
const seed = 95;

/** The runs of a study in a folder, and what was wrong with it. */
async function stored(folder: string): Promise<(Run | undefined)[]> {
  return await Promise.all(
    smallStudy(folder, seed).cells.map(async (cell) =>
      await load<Run>(join(folder, "runs"), await inputsOf(cell))
    ),
  );
}

async function forget(folder: string): Promise<void> {
  for (const cell of smallStudy(folder, seed).cells) {
    await Deno.remove(runFolder(await inputsOf(cell)), { recursive: true }).catch(() => {});
  }
}

/** A study by two workers beside one by one, who leaves its results in a folder. */
async function compared(
  folder: string,
  together: (folder: string) => Promise<void>,
): Promise<void> {
  try {
    const [alone, shared] = ["alone", "together"].map((name) => join(folder, name));
    await rejects(run(smallStudy(alone, seed), { workers: 1 }), /1 of 4 failed: .*the loss is/);
    await forget(folder);
    await together(shared);
    const [ones, twos] = [await stored(alone), await stored(shared)];
    deepStrictEqual(twos.map((run) => run?.inputs), ones.map((run) => run?.inputs));
    strictEqual(twos.filter((run) => run).length, 3);
    for (const [i, one] of ones.entries()) {
      const two = twos[i];
      one?.curve.forEach((loss, epoch) => {
        // Rounding grows along a run; steps themselves are compared in training/cluster_test.ts.
        ok(Math.abs(loss - two!.curve[epoch]) < 0.02 * loss, `${loss} and ${two!.curve[epoch]}`);
      });
    }
  } finally {
    await forget(folder);
  }
}

const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const worker = ["run", "-A", "--no-check", child];

Deno.test("a study by two workers has the results of one; a run that fails keeps neither from the next", () =>
  inFolder((folder) =>
    compared(folder, async (shared) => {
      const addresses = freeAddresses(2).join();
      const [first, second] = await Promise.all([0, 1].map((rank) => {
        const args = [...worker, addresses, String(rank), shared, String(seed)];
        return new Deno.Command(Deno.execPath(), { args }).output();
      }));
      match(textOf(first.stderr), /error: 1 of 4 failed: .*the loss is/);
      strictEqual(second.code, 0, textOf(second.stderr));
      match(textOf(second.stderr), /the loss is/);
    })
  ));

Deno.test({
  name: "the tasks of a real SLURM step find each other, and are the workers of a study",
  ignore: !hasSlurm,
  fn: () =>
    withSlurm((folder) =>
      compared(folder, async (shared) => {
        const [port] = freePorts(1);
        const args = ["slurm", String(port), shared, String(seed)];
        const step = new Deno.Command("srun", {
          args: ["--ntasks", "2", "--label", Deno.execPath(), ...worker, ...args],
        });
        const { code, stderr } = await step.output();
        strictEqual(code, 1, "of the first; the other one ends well");
        match(textOf(stderr), /^0: error: 1 of 4 failed: .*the loss is/m);
        match(textOf(stderr), /^1: .*the loss is/m);
      })
    ),
});

Deno.test("the workers of a SLURM step: their order, a port each, and which this one is", async () => {
  const env = new Map(Object.entries({
    SLURM_PROCID: "4",
    SLURM_STEP_NODELIST: "n[1-4]",
    SLURM_STEP_TASKS_PER_NODE: "2(x2),1",
  }));
  const hosts = (list: string) => {
    strictEqual(list, "n[1-4]");
    return Promise.resolve(["n1", "n2", "n3"]);
  };
  deepStrictEqual(await workersOfStep(env, 7000, hosts), {
    addresses: ["n1:7000", "n1:7001", "n2:7000", "n2:7001", "n3:7000"],
    rank: 4,
  });
  await rejects(workersOfStep(new Map(), 7000, hosts), /no task of a job step: start it by srun/);
});
