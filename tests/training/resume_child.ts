/**
 * Trains on toy data in a process of its own, which a test may kill: a checkpoint after every step,
 * and a line with the number of each step.
 *
 *   deno run -A resume_child.ts <directory> <method> <fp32|bf16>
 */
import { methods } from "../../lib/methods/index.ts";
import type { MethodOptions } from "../../lib/methods/method.ts";
import { dispose } from "../../lib/engine/mod.ts";
import { type Fit, fit } from "../../lib/training/fit.ts";
import { weak } from "../../lib/views/policy.ts";
import { toyDataset, toyPairs } from "./toy.ts";

type Precision = "fp32" | "bf16";

/** A run of 12 steps, 4 an epoch unless there are more images, with small heads. */
export function toyRun(
  { method = "simclr", precision = "fp32" as Precision, epochs = 3, images = 64 } = {},
): Fit {
  return {
    dataset: toyDataset(images),
    pairs: toyPairs(images, "semantic"),
    backbone: { architecture: "resnet", block: "basic", blocks: [1, 1], width: 8, stem: "cifar" },
    method: { name: method, options: smallOptions(method) },
    training: {
      epochs,
      batchSize: 16,
      composition: "random",
      parts: 1,
      optimizer: { name: "sgd", learningRate: 0.1, momentum: 0.9, weightDecay: 1e-4 },
      warmupEpochs: 1,
      precision,
      views: weak(32),
    },
    seed: 1,
  };
}

function smallOptions(name: string): MethodOptions {
  const small = { hidden: 16, predictorHidden: 16, projection: 8, queue: 64, prototypes: 16 };
  const known = Object.entries(small).filter(([option]) => option in methods[name].defaults);
  return Object.fromEntries(known);
}

if (import.meta.main) {
  const [directory, method, precision] = Deno.args;
  const { backbone, heads } = await fit(toyRun({ method, precision: precision as Precision }), {
    checkpoints: { directory, everyMinutes: 0 },
    log: ({ step }) => console.log(step + 1),
  });
  dispose(backbone, heads);
}
