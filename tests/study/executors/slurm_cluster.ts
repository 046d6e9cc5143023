/**
 * A SLURM of one machine, this one, in a folder of its own: munged, slurmctld, slurmd. Debian has them
 * in slurm-wlm and munge; they have to be started by root.
 */
import { hostname } from "node:os";
import { join } from "@std/path";
import { freePorts } from "../../../lib/base/free_ports.ts";

const programs = ["munged", "slurmctld", "slurmd", "sbatch"];

/** Whether it can be started here. */
export const hasSlurm: boolean = Deno.build.os === "linux" && Deno.uid() === 0 &&
  programs.every((name) => new Deno.Command("which", { args: [name] }).outputSync().success);

if (!hasSlurm) {
  console.error(
    "NO SLURM FOUND: the tests of job arrays are skipped (as root: apt install slurm-wlm munge)",
  );
}

/** Runs a test with a cluster that SLURM_CONF names, and takes it down afterwards. */
export async function withSlurm(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "slurm-" });
  const daemons: Deno.ChildProcess[] = [];
  const start = (program: string, ...args: string[]) => {
    const options = { args, stdin: "null", stdout: "null", stderr: "null" } as const;
    daemons.push(new Deno.Command(program, options).spawn());
  };
  const before = Deno.env.get("SLURM_CONF");
  try {
    const config = await configure(folder);
    Deno.env.set("SLURM_CONF", config);
    const file = (name: string) => join(folder, name);
    start(
      "munged",
      "--foreground",
      "--force",
      ...Object.entries({
        socket: "munge.socket",
        "key-file": "munge.key",
        "pid-file": "munge.pid",
      })
        .map(([flag, name]) => `--${flag}=${file(name)}`),
      ...[`--log-file=${file("munge.log")}`, `--seed-file=${file("munge.seed")}`],
    );
    await until(() => Deno.statSync(file("munge.socket")).isSocket === true);
    start("slurmctld", "-D", "-f", config);
    start("slurmd", "-D", "-f", config);
    await until(() => sinfo().includes("idle"));
    await test(folder);
  } finally {
    for (const daemon of daemons.toReversed()) {
      daemon.kill("SIGTERM");
      await daemon.status;
    }
    if (before === undefined) Deno.env.delete("SLURM_CONF");
    else Deno.env.set("SLURM_CONF", before);
    await Deno.remove(folder, { recursive: true });
  }
}

async function configure(folder: string): Promise<string> {
  const host = hostname().split(".")[0], [control, node] = freePorts(2);
  const key = crypto.getRandomValues(new Uint8Array(1024));
  await Deno.writeFile(join(folder, "munge.key"), key, { mode: 0o600 });
  for (const name of ["state", "spool"]) await Deno.mkdir(join(folder, name));
  const lines = [
    `ClusterName=test`,
    `SlurmctldHost=${host}(127.0.0.1)`,
    ...[`SlurmctldPort=${control}`, `SlurmdPort=${node}`, "SlurmUser=root", "SlurmdUser=root"],
    ...["AuthType=auth/munge", "CredType=cred/munge", `AuthInfo=socket=${folder}/munge.socket`],
    ...[`StateSaveLocation=${folder}/state`, `SlurmdSpoolDir=${folder}/spool`],
    ...[`SlurmctldPidFile=${folder}/slurmctld.pid`, `SlurmdPidFile=${folder}/slurmd.pid`],
    ...[`SlurmctldLogFile=${folder}/slurmctld.log`, `SlurmdLogFile=${folder}/slurmd.log`],
    ...["ProctrackType=proctrack/linuxproc", "TaskPlugin=task/none", "SwitchType=switch/none"],
    ...["JobAcctGatherType=jobacct_gather/none", "AccountingStorageType=accounting_storage/none"],
    ...["SelectType=select/cons_tres", "SelectTypeParameters=CR_Core", "MpiDefault=none"],
    ...["SchedulerParameters=sched_interval=1,bf_interval=1", "ReturnToService=2", "KillWait=20"],
    `NodeName=${host} NodeAddr=127.0.0.1 CPUs=${navigator.hardwareConcurrency} RealMemory=4000`,
    `PartitionName=main Nodes=${host} Default=YES MaxTime=INFINITE State=UP`,
  ];
  const path = join(folder, "slurm.conf");
  await Deno.writeTextFile(path, lines.join("\n") + "\n");
  return path;
}

function sinfo(): string {
  const { stdout } = new Deno.Command("sinfo", { args: ["--noheader"], stderr: "null" })
    .outputSync();
  return new TextDecoder().decode(stdout);
}

async function until(isSo: () => boolean): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    try {
      if (isSo()) return;
    } catch { /* not yet */ }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("SLURM did not start");
}
