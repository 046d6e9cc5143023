/**
 * `deno task bench engine [--json]`: views per second of one SimCLR training step, ours and torch's.
 *
 * A step: n pairs of 32 px views through a ResNet with CIFAR stem and SimCLR's projector (hidden
 * layer with batch norm), NT-Xent at temperature 0.2, gradients, SGD with momentum and weight decay,
 * and batch norm's running statistics. The images stay the same: augmentation is no part of it. All
 * variants are warmed up, then measured in turn, round after round.
 */
import { consoleProgress } from "../../lib/base/progress.ts";
import { engineInfo } from "../../lib/engine/mod.ts";
import { format, rateRow, type Row, table } from "./support/report.ts";
import { inTurn, type Summary } from "./support/rounds.ts";
import { simclrSteps } from "./support/simclr_steps.ts";
import { startTorch, type TorchPeer } from "./support/torch_peer.ts";

/** A network, how many views a step has, and how many steps are timed as one. */
interface Case {
  name: string;
  blocks: number[];
  width: number;
  views: number;
  steps: number;
}

const cases: Case[] = [
  { name: "ResNet-10 w32, 128 views", blocks: [1, 1, 1, 1], width: 32, views: 128, steps: 5 },
  { name: "ResNet-18 w64, 64 views", blocks: [2, 2, 2, 2], width: 64, views: 64, steps: 3 },
];

const torchVariants = ["eager", "compiled", "bf16", "compiled bf16"];

/** Who is compared with whom. */
const comparisons: [ours: string, peer: string][] = [
  ["jit", "tfjs eager"],
  ["jit", "torch eager"],
  ["jit", "torch compiled"],
  ["jit bf16", "torch bf16"],
  ["jit bf16", "torch compiled bf16"],
];

export async function run({ json }: { json: boolean }): Promise<void> {
  const torch = await startTorch();
  const say = json ? console.error : console.log;
  const { name, version, devices } = engineInfo();
  say(`${name} ${version} on ${devices.join(", ")}; torch ${torch?.version ?? "absent"}`);
  if (!torch) say("PEER_PYTHON is not set, so torch is not measured: see `deno task bench peers`");
  try {
    for (const each of cases) {
      const variants = await warmedUp(each, torch);
      const rates = await inTurn(variants, { rounds: 3, progress: consoleProgress(each.name) });
      if (!json) console.log(`\n${each.name}: views/s\n${ratesTable(rates)}\n`);
      console.log(format(comparisons.map((pair) => compare(each, pair, rates)), { json }));
    }
  } finally {
    await torch?.close();
  }
}

/** A function for each variant that runs the steps and returns views per second. */
async function warmedUp(
  { name, blocks, width, views, steps }: Case,
  torch: TorchPeer | undefined,
): Promise<Record<string, () => Promise<number>>> {
  const rate = (seconds: number) => steps * views / seconds;
  const measured: Record<string, () => Promise<number>> = {};
  const progress = consoleProgress(`${name}: warming up`);
  const ours = Object.entries(simclrSteps({ blocks, width, views }));
  const total = ours.length + (torch ? torchVariants.length : 0);
  const warm = (variant: string) => progress(Object.keys(measured).length, total, variant);
  for (const [variant, run] of ours) {
    warm(variant);
    await run(2);
    measured[variant] = async () => {
      const start = performance.now();
      await run(steps);
      return rate((performance.now() - start) / 1000);
    };
  }
  for (const variant of torch ? torchVariants : []) {
    warm(`torch ${variant}`);
    const request = { blocks, width, views, variant };
    await torch!.measure({ ...request, steps: 2 });
    measured[`torch ${variant}`] = async () =>
      rate((await torch!.measure({ ...request, steps })).seconds);
  }
  progress(total, total);
  return measured;
}

function compare(
  { name }: Case,
  [ours, peer]: [string, string],
  rates: Record<string, Summary>,
): Row {
  return rateRow({
    bench: "engine",
    case: `${name}: ${ours} / ${peer}`,
    unit: "views/s",
    ours: rates[ours].median,
    peer: rates[peer]?.median ?? null,
  });
}

function ratesTable(rates: Record<string, Summary>): string {
  const lines = Object.entries(rates).map((
    [name, { median, low, high }],
  ) => [name, ...[median, low, high].map((value) => value.toFixed(0))]);
  return table([["variant", "median", "low", "high"], ...lines]);
}
