/** A worker of a small study: `team_child.ts <addresses, by commas, and rank | slurm PORT> <folder> <seed>`. */
import { runTask } from "../../lib/base/problem.ts";
import { joinCluster } from "../../lib/engine/mod.ts";
import { perMethodGains } from "../../lib/study/design.ts";
import { run } from "../../lib/study/run.ts";
import { workersOfStep } from "../../lib/study/slurm_workers.ts";
import { dismiss, follow } from "../../lib/study/team.ts";

/** Both arms of SimCLR at the smoke profile, a diverging one between them, and what needs no training. */
export function smallStudy(folder: string, seed: number) {
  const smoke = perMethodGains("smoke");
  const cells = smoke.cells.filter(({ method, seed: of }) =>
    of === 1 && ["random", "simclr"].includes(method.name)
  ).map((cell) => ({ ...cell, seed }));
  const [random, augmented, semantic] = cells, { training } = augmented;
  const optimizer = { ...training.optimizer, learningRate: 1e30 };
  const diverging = { ...augmented, training: { ...training, optimizer } };
  return { ...smoke, cells: [random, augmented, diverging, semantic], folder };
}

if (import.meta.main) {
  const [where, which, folder, seed] = Deno.args;
  await runTask(async () => {
    const workers = where === "slurm"
      ? await workersOfStep(Deno.env, Number(which))
      : { addresses: where.split(","), rank: Number(which) };
    const team = await joinCluster(workers, { patience: 30 });
    if (workers.rank > 0) return await follow(team, {});
    const failure = await run(smallStudy(folder, Number(seed)), { team }).catch((error) => error);
    await dismiss(team);
    throw failure;
  });
}
