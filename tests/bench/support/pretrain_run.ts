/** One measured run of pretraining, for bench pretrain and scaling: a request in, rate and peak memory out. */
import { silent } from "../../../lib/base/progress.ts";
import type { Dataset } from "../../../lib/datasets/dataset.ts";
import { dispose } from "../../../lib/engine/mod.ts";
import { augmentedPairs } from "../../../lib/pairs/augmented.ts";
import { fit } from "../../../lib/training/fit.ts";
import { simclr } from "../../../lib/views/policy.ts";
import { count, imagesOf } from "./photographs.ts";
import type { Measured, PretrainRequest } from "./pretrain_request.ts";

/** Steps that compile and warm up. One more comes last: its views are made during a timed one. */
const warm = 2;

if (import.meta.main) console.log(JSON.stringify(await measure(JSON.parse(Deno.args[0]))));

async function measure(request: PretrainRequest): Promise<Measured> {
  const { backbone, method, options, size, pairs, parts, steps, variant } = request;
  const [precision, recompute] = variant.split(" ");
  const dataset = await repeatedPictures(request);
  const anchors = Int32Array.from({ length: pairs * (warm + steps + 1) }, (_, i) => i % count);
  const lines: string[] = [], times: number[] = [];
  const made = await fit({
    dataset,
    pairs: augmentedPairs({ anchors, perEpoch: anchors.length, dataset: dataset.hash }),
    backbone,
    method: { name: method, options },
    training: {
      ...{ epochs: 1, batchSize: pairs, parts, warmupEpochs: 0, views: simclr(size) },
      optimizer: { name: "sgd", learningRate: 0.06, momentum: 0.9, weightDecay: 5e-4 },
      precision: precision as "fp32" | "bf16",
      recompute: recompute !== undefined,
    },
    seed: 1,
  }, {
    progress: silent,
    log: (point) => {
      lines.push(JSON.stringify(point));
      times.push(performance.now() / 1000);
    },
  });
  dispose(made.backbone, made.heads);
  const seconds = times[warm + steps - 1] - times[warm - 1];
  return { rate: 2 * pairs * steps / seconds, peakBytes: await peakBytes() };
}

/** The pictures of the folder, in one class. */
async function repeatedPictures({ folder, held }: PretrainRequest): Promise<Dataset> {
  const images = await imagesOf(folder, held);
  return { ...images, classes: ["photograph"], length: count, hash: folder, label: () => 0 };
}

/** The most memory that this process has had; 0 where the system does not say. */
async function peakBytes(): Promise<number> {
  const status = await Deno.readTextFile("/proc/self/status").catch(() => "");
  return 1024 * Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0);
}
