/**
 * `deno task bench input [--json] [--only SIZE]`: views per second of the input pipeline, ours and
 * lightly's.
 *
 * A step is one batch: SimCLR's two views of each image, with lightly's default parameters, as
 * tensors in the training process. At 32 and 64 px the images are held in memory; at 224 px they are
 * JPEG files of 375 x 500 px. Ours makes one batch ahead, as in training; the peer is lightly's
 * SimCLRTransform in a torch DataLoader with as many workers as there are cores. All sides are
 * warmed up, then measured in turn, round after round.
 */
import { consoleProgress } from "../../lib/base/progress.ts";
import { prng } from "../../lib/base/prng.ts";
import { dispose } from "../../lib/engine/mod.ts";
import { oneAhead } from "../../lib/training/batches.ts";
import { simclr } from "../../lib/views/policy.ts";
import { type Images, makeViews, pairViews } from "../../lib/views/views.ts";
import { count, imagesOf, photographs } from "./support/photographs.ts";
import { format, header, rateRow, summaryTable } from "./support/report.ts";
import { inTurn } from "./support/rounds.ts";
import { type Steps, stepsPerSecond, warmUp } from "./support/steps.ts";
import { startTorch, type TorchPeer } from "./support/torch_peer.ts";

/** Sides of views, whether the images are in memory, images a batch, and batches timed as one. */
type Case = { size: number; held: boolean; images: number; steps: number };

/** What input_views.py is asked. */
type Request = Omit<Case, "steps"> & { folder: string };
type Torch = TorchPeer<Request, { lightly: string }>;

const all: Case[] = [
  { size: 32, held: true, images: 128, steps: 50 },
  { size: 64, held: true, images: 128, steps: 40 },
  { size: 224, held: false, images: 64, steps: 12 },
];

/** What `--only` can name. */
export const cases = all.map(({ size }) => `${size}`);

export async function run({ json, only }: { json: boolean; only?: string }): Promise<void> {
  const torch = await startTorch<Request, { lightly: string }>("input_views.py");
  (json ? console.error : console.log)(header(torch?.greeting.torch));
  try {
    for (const each of all.filter(({ size }) => only === undefined || only === `${size}`)) {
      await compare(each, torch, json);
    }
  } finally {
    await torch?.close();
  }
}

async function compare(each: Case, torch: Torch | undefined, json: boolean): Promise<void> {
  const { size, held, images, steps } = each;
  const name = held ? `${size} px, in memory` : `${size} px, JPEG files`;
  const folder = await photographs(held ? size : undefined, consoleProgress(name));
  const ours = { ours: ourSteps(await imagesOf(folder, held), each) };
  const peer = torch && { lightly: torch.steps({ folder, size, held, images }) };
  await warmUp<string>({ ...ours, ...peer }, consoleProgress(`${name}: warming up`));
  // Ours is so much quicker that it needs more batches to be timed as well.
  const measured = { ...stepsPerSecond(ours, 4 * steps), ...(peer && stepsPerSecond(peer, steps)) };
  const rates = await inTurn<string>(measured, { rounds: 3, progress: consoleProgress(name) });
  if (!json) {
    console.log(`\n${name}, ${2 * images} views a batch: batches/s\n${summaryTable(rates, 2)}\n`);
  }
  const row = rateRow({
    ...{ bench: "input", case: name, unit: "views/s" },
    ours: 2 * images * rates.ours.median,
    peer: rates.lightly ? 2 * images * rates.lightly.median : null,
  });
  console.log(format([row], { json }));
}

/** Batches of both views of images at random. */
function ourSteps(images: Images, { size, images: n }: Case): Steps {
  const views = makeViews(simclr(size));
  const random = prng(1);
  const batch = (step: number) => {
    const indices = Int32Array.from({ length: n }, () => random.int(count));
    const pairs = { anchors: indices, partners: indices };
    return pairViews(views, images, pairs, random.fork(step));
  };
  let step = 0;
  return async (steps) => {
    const start = performance.now();
    const wanted = Array.from({ length: steps }, () => step++);
    for await (const views of oneAhead(wanted, batch)) dispose(views);
    return { seconds: (performance.now() - start) / 1000, loss: 0 };
  };
}
