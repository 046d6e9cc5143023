/** Computes one cell: from data and pairs over a trained backbone to its metrics, and stores them. */
import { cpus } from "node:os";
import { engineInfo, tf } from "../engine/mod.ts";
import type { Fitted } from "../training/fit.ts";
import { pretrainAndKeep } from "./backbones.ts";
import type { Cell, Machine, Run } from "./cell.ts";
import { evaluate } from "./evaluate.ts";
import { inputsOf, minesByAugmented, splitsOf } from "./material.ts";
import { forgetCheckpoints } from "./run_folder.ts";
import { average } from "./stats.ts";
import { loadOrCompute } from "./store.ts";
import { staged, type Watch } from "./watch.ts";

/**
 * Computes one cell: pretrains a backbone on its arm's pairs and evaluates it.
 *
 * @param progress its note says what is being done
 */
export async function runCell(cell: Cell, watch: Watch = {}): Promise<Run> {
  const start = performance.now();
  const { plan } = await splitsOf(cell.data, watch.progress);
  const { network, curve, stepsPerSecond, mined } = await pretrainAndKeep(
    cell,
    staged("pretraining", watch),
  );
  try {
    const trained = performance.now();
    const metrics = await evaluate(cell, network, plan, watch);
    const evaluated = performance.now();
    return {
      inputs: await inputsOf(cell),
      metrics,
      curve: epochMeans(curve.map(({ loss }) => loss), cell.training.epochs),
      sameClassNegatives: meanRate(curve),
      ...(mined && { mined }),
      stepsPerSecond,
      seconds: trainingSeconds((trained - start) / 1000, curve.length, stepsPerSecond) +
        (evaluated - trained) / 1000,
      machine: thisMachine(),
    };
  } finally {
    network.release();
  }
}

/**
 * The stored run of a cell, else computed and stored now, see {@link loadOrCompute}. Where pairs are
 * mined by the backbone of the augmented arm, that arm's run comes first.
 */
export async function computeRun(cell: Cell, directory: string, watch: Watch): Promise<Run> {
  const inputs = await inputsOf(cell);
  const compute = async () => {
    if (minesByAugmented(cell)) await computeRun({ ...cell, arm: "augmented" }, directory, watch);
    return await runCell(cell, watch);
  };
  const run = await loadOrCompute<Run>(directory, inputs, compute, watch);
  await forgetCheckpoints(inputs);
  return run;
}

/**
 * Seconds of a training that may have gone on from a checkpoint, of which this process has then seen a
 * part: its steps at their pace are the least that it took.
 *
 * @param seen seconds in this process
 */
export const trainingSeconds = (seen: number, steps: number, stepsPerSecond: number): number =>
  stepsPerSecond > 0 ? Math.max(seen, steps / stepsPerSecond) : seen;

/** The mean over each of so many equal stretches; none where there are no losses. */
export function epochMeans(losses: number[], epochs: number): number[] {
  const length = losses.length / epochs;
  if (length === 0) return [];
  return Array.from(
    { length: epochs },
    (_, epoch) => average(losses.slice(epoch * length, (epoch + 1) * length)),
  );
}

/** The mean over all steps; 0 where there was none. */
function meanRate(curve: Fitted["curve"]): number {
  if (curve.length === 0) return 0;
  return average(curve.map(({ sameClassNegatives }) => sameClassNegatives));
}

/** What computes here and now. */
export function thisMachine(): Machine {
  const { name, version, devices } = engineInfo();
  const accelerators = devices.filter((device) => !/CPU/i.test(device));
  const processors = cpus();
  const cores = `${processors.length} x ${processors[0]?.model ?? "CPU"}`;
  const share = Deno.env.get("TF_NUM_INTRAOP_THREADS"); // of a process beside others
  return {
    engine: `${name} ${version}`,
    hardware: [share ? `${share} of ${cores}` : cores, ...accelerators].join(", "),
    deno: Deno.version.deno,
    tfjs: tf.version_core,
  };
}
