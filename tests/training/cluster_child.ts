/**
 * One of several workers that share the batches of runs on toy data, in a process of its own:
 *
 *   deno run -A cluster_child.ts <request as JSON>
 *
 * It prints a line for each step, and at the end of each run the hash of what this worker ended with.
 */
import { join } from "@std/path";
import { encodeSafetensors } from "../../lib/base/safetensors.ts";
import { sha256 } from "../../lib/base/hash.ts";
import { Problem, runTask } from "../../lib/base/problem.ts";
import { dispose, joinCluster, type Workers } from "../../lib/engine/mod.ts";
import { readState } from "../../lib/training/checkpoint.ts";
import type { MethodOptions } from "../../lib/methods/method.ts";
import { type Fit, fit, type TrainingConfig } from "../../lib/training/fit.ts";
import { toyRun } from "./resume_child.ts";

/** What a worker is asked for. */
export type Request = {
  workers: Workers;
  methods: string[];
  /** Where worker 0 keeps the checkpoints of each method's run. */
  directory: string;
  /** Steps are five an epoch. */
  epochs?: number;
  training?: Partial<TrainingConfig>;
  /** Of methods, beside the small ones. */
  options?: Record<string, MethodOptions>;
  seed?: number;
  patience?: number;
  /** One of this worker's files cannot be read. */
  damaged?: boolean;
};

/** The run that all workers of a request share, of one of its methods. */
export function requestedRun(
  { epochs = 1, training, options = {}, seed }: Request,
  name: string,
): Fit {
  const run = toyRun({ method: name, epochs, images: 80 });
  const method = { name, options: { ...run.method.options, ...options[name] } };
  return { ...run, method, training: { ...run.training, ...training }, seed: seed ?? run.seed };
}

async function work(request: Request): Promise<void> {
  const cluster = await joinCluster(request.workers, request);
  for (const method of request.methods) {
    const run = requestedRun(request, method);
    const dataset = request.damaged ? { ...run.dataset, image: damagedAt(150, run) } : run.dataset;
    const { backbone, heads, curve } = await fit({ ...run, dataset }, {
      checkpoints: { directory: join(request.directory, method), everyMinutes: 0 },
      progress: (done) => console.log(`step ${done}`),
      cluster,
    });
    const bytes = encodeSafetensors(await readState({ backbone, heads }), {});
    console.log(`${method} ${sha256(bytes, JSON.stringify(curve))}`);
    dispose(backbone, heads);
  }
  await cluster.leave();
}

/** Gives images so many times. */
function damagedAt(most: number, { dataset }: Fit): Fit["dataset"]["image"] {
  let given = 0;
  return (i) => {
    if (given++ < most) return dataset.image(i);
    throw new Problem("image 7 cannot be decoded");
  };
}

if (import.meta.main) await runTask(() => work(JSON.parse(Deno.args[0])));
