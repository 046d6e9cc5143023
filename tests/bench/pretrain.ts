/**
 * `deno task bench pretrain [--json] [--only CASE]`: images a second of whole pretraining, ours and
 * lightly's, and the memory that each takes.
 *
 * All that a run does counts: loading, augmentation, step, momentum encoder, schedule, logging. An
 * image is one of a pair's. The peers are lightly's example script of the method as published (eager,
 * contiguous) and with torch's best settings (channels_last, torch.compile; the same in bfloat16).
 * With recompute, ours keeps no activations within blocks (see `recompute` of a run's training).
 * Every measurement is a process of its own, so that its peak memory is its own too; all sides take
 * turns, round after round. Steps that compile or warm up do not count.
 */
import { consoleProgress, silent } from "../../lib/base/progress.ts";
import { methods } from "../../lib/methods/index.ts";
import { resnet18, resnet50 } from "../../lib/models/presets.ts";
import type { ResNetConfig } from "../../lib/models/resnet.ts";
import { perMethodGains } from "../../lib/study/design.ts";
import { settingOf } from "../../lib/study/settings.ts";
import { photographs } from "./support/photographs.ts";
import { measurePretraining } from "./support/pretrain_request.ts";
import { format, header, type Row, summaryTable } from "./support/report.ts";
import { inTurn, type Summary, summary } from "./support/rounds.ts";

/** What is trained, on what, and how many steps are timed. */
type Setup = {
  backbone: ResNetConfig;
  size: number;
  held: boolean;
  pairs: number;
  steps: number;
  /** Small heads and memories, as the desk profile has them. */
  small: boolean;
};

const [desk] = perMethodGains("desk").cells;

const setups: Record<string, Setup> = {
  "resnet18-32px": {
    backbone: resnet18({ stem: "cifar" }),
    ...{ size: 32, held: true, pairs: 256, steps: 1, small: false },
  },
  "resnet50-224px": {
    backbone: resnet50({ stem: "imagenet" }),
    ...{ size: 224, held: false, pairs: 32, steps: 1, small: false },
  },
  "desk": {
    backbone: desk.backbone as ResNetConfig,
    ...{ size: 32, held: true, pairs: desk.training.batchSize, steps: 60, small: true },
  },
};

const measuredMethods = ["simclr", "moco_v2", "byol", "barlow_twins"];

/** What `--only` can name: a network, or one method on it. */
export const cases = Object.keys(setups).flatMap((setup) => [
  setup,
  ...measuredMethods.map((method) => `${setup} ${method}`),
]);

/** What recomputation takes is measured with one method: it is the network's alone. */
const ourVariants = (method: string) =>
  method === "simclr" ? ["fp32", "fp32 recompute", "bf16"] : ["fp32", "bf16"];
const peerVariants = ["published", "compiled", "compiled bf16"];

/** Who is compared with whom. */
const comparisons = [
  ["fp32", "published"],
  ["fp32", "compiled"],
  ["fp32 recompute", "compiled"],
  ["bf16", "compiled bf16"],
];

/**
 * Three rounds; on the large networks, whose time is the network's whatever the method, SimCLR alone
 * takes three, and each other method fewer: hours of them otherwise.
 */
const roundsOf = (setup: string, method: string) =>
  setups[setup].small || method === "simclr" ? 3 : setups[setup].held ? 2 : 1;

export async function run({ json, only }: { json: boolean; only?: string }): Promise<void> {
  const python = Deno.env.get("PEER_PYTHON");
  (json ? console.error : console.log)(header(python && "by PEER_PYTHON"));
  const chosen = cases.filter((name) =>
    name.includes(" ") && (only === undefined || name === only || name.startsWith(`${only} `))
  );
  for (const name of chosen) await compare(name, python, json);
}

async function compare(name: string, python: string | undefined, json: boolean): Promise<void> {
  const [setup, method] = name.split(" ");
  const { small, ...asked } = setups[setup];
  const options = {
    ...methods[method].defaults,
    ...(small ? settingOf("desk", method, asked.pairs).options : {}),
  };
  const folder = await photographs(asked.held ? asked.size : undefined, silent);
  const request = { ...asked, method, options, folder };
  const peers = python ? peerVariants.map((variant) => `lightly ${variant}`) : [];
  const variants = [...ourVariants(method), ...peers];
  const peaks: Record<string, number[]> = {};
  const runs = variants.map((variant) =>
    [variant, async () => {
      const peer = variant.startsWith("lightly ");
      const { rate, peakBytes } = await measurePretraining(
        { ...request, variant: variant.replace("lightly ", "") },
        peer ? python : undefined,
      );
      (peaks[variant] ??= []).push(peakBytes / 2 ** 20);
      return rate;
    }] as const
  );
  const rates = await inTurn<string>(Object.fromEntries(runs), {
    ...{ rounds: roundsOf(setup, method), progress: consoleProgress(name) },
  });
  const memory = Object.fromEntries(
    Object.entries(peaks).map(([variant, values]) => [variant, summary(values)]),
  );
  if (!json) {
    console.log(`\n${name}: images/s\n${summaryTable(rates, 1)}`);
    console.log(`\n${name}: peak memory, MB\n${summaryTable(memory, 0)}\n`);
  }
  console.log(format(rowsOf(name, rates, memory), { json }));
}

/** Rates: more is better; memory: less is. */
function rowsOf(
  name: string,
  rates: Record<string, Summary>,
  memory: Record<string, Summary>,
): Row[] {
  return comparisons.filter(([ours]) => rates[ours]).flatMap(([ours, theirs]) => {
    const peer = `lightly ${theirs}`;
    const row = (unit: string, values: Record<string, Summary>, better: 1 | -1): Row => ({
      ...{ bench: "pretrain", case: `${name}: ${ours} / ${theirs}`, unit },
      ours: values[ours].median,
      peer: values[peer]?.median ?? null,
      ratio: values[peer] ? (values[ours].median / values[peer].median) ** better : null,
      ranges: { ours: rangeOf(values[ours]), peer: values[peer] ? rangeOf(values[peer]) : null },
    });
    return [row("images/s", rates, 1), row("MB", memory, -1)];
  });
}

const rangeOf = ({ low, high }: Summary): [number, number] => [low, high];
