/**
 * `deno task bench engine [--json]`: views per second of one SimCLR training step, ours and torch's.
 *
 * A step: n pairs of 32 px views through a ResNet with CIFAR stem and SimCLR's projector (both
 * layers with batch norm), NT-Xent at temperature 0.2, gradients, SGD with momentum and weight decay,
 * and batch norm's running statistics. The images stay the same: augmentation is no part of it. All
 * variants are warmed up, then measured in turn, round after round. With `ENGINE=webgpu` the same on
 * a GPU, beside torch on CUDA where it has it.
 */
import { consoleProgress } from "../../lib/base/progress.ts";
import { engineInfo } from "../../lib/engine/mod.ts";
import { format, header, rateRow, type Row, summaryTable } from "./support/report.ts";
import { inTurn, type Summary } from "./support/rounds.ts";
import { simclrSteps } from "./support/simclr_steps.ts";
import { type Steps, stepsPerSecond, warmUp } from "./support/steps.ts";
import { startTorch, type TorchPeer } from "./support/torch_peer.ts";
import type { Network } from "./support/training_steps.ts";

/** A network, how many views a step has, and how many steps are timed as one. */
type Case = { name: string; network: Network; views: number; steps: number };

/** What simclr_step.py is asked. */
type Request = Network & { views: number; variant: string };

const cases: Case[] = [
  {
    name: "ResNet-10 w32, 128 views",
    network: { blocks: [1, 1, 1, 1], width: 32 },
    views: 128,
    steps: 5,
  },
  {
    name: "ResNet-18 w64, 64 views",
    network: { blocks: [2, 2, 2, 2], width: 64 },
    views: 64,
    steps: 3,
  },
];

const webgpu = engineInfo().name === "webgpu";

const torchVariants = webgpu
  ? ["cuda", "compiled cuda"]
  : ["eager", "compiled", "bf16", "compiled bf16"];

/** Who is compared with whom. */
const comparisons: [ours: string, peer: string][] = webgpu
  ? [["webgpu", "torch cuda"], ["webgpu", "torch compiled cuda"]]
  : [
    ["jit", "tfjs eager"],
    ["jit", "torch eager"],
    ["jit", "torch compiled"],
    ["jit bf16", "torch bf16"],
    ["jit bf16", "torch compiled bf16"],
  ];

export async function run({ json }: { json: boolean }): Promise<void> {
  const started = await startTorch<Request, { cuda: boolean }>("simclr_step.py");
  const torch = webgpu && !started?.greeting.cuda ? undefined : started;
  (json ? console.error : console.log)(header(torch?.greeting.torch));
  try {
    for (const each of cases) {
      const { name, views, steps } = each;
      const variants = variantsOf(each, torch);
      await warmUp(variants, consoleProgress(`${name}: warming up`));
      const measured = stepsPerSecond(variants, steps);
      const rates = await inTurn(measured, { rounds: 3, progress: consoleProgress(name) });
      if (!json) {
        console.log(`\n${name}, ${views} views each: steps/s\n${summaryTable(rates, 2)}\n`);
      }
      console.log(format(comparisons.map((pair) => compare(each, pair, rates)), { json }));
    }
  } finally {
    await started?.close();
  }
}

function variantsOf(
  { network, views }: Case,
  torch: TorchPeer<Request, { cuda: boolean }> | undefined,
): Record<string, Steps> {
  const ours = simclrSteps(network, views);
  if (!torch) return ours;
  const peers = torchVariants.map((variant) =>
    [`torch ${variant}`, torch.steps({ ...network, views, variant })] as const
  );
  return { ...ours, ...Object.fromEntries(peers) };
}

function compare(
  { name, views }: Case,
  [ours, peer]: [string, string],
  rates: Record<string, Summary>,
): Row {
  return rateRow({
    bench: "engine",
    case: `${name}: ${ours} / ${peer}`,
    unit: "views/s",
    ours: views * rates[ours].median,
    peer: peer in rates ? views * rates[peer].median : null,
  });
}
