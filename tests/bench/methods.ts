/**
 * `deno task bench methods [--json] [--only NAME]`: training steps per second of every method, ours
 * and lightly's.
 *
 * A step: 64 pairs of 32 px views through a ResNet-10 of width 32 with CIFAR stem and the method's
 * heads, loss and gradients, SGD with momentum and weight decay, momentum encoder, queue and
 * prototypes, all in fp32 with our default options, in the middle of a run. The images stay the same:
 * augmentation is no part of it. The peer is the method as lightly's example scripts wire it, on a
 * torch ResNet in channels_last. All are warmed up, then measured in turn, round after round.
 */
import { consoleProgress } from "../../lib/base/progress.ts";
import { Problem } from "../../lib/base/problem.ts";
import { methods } from "../../lib/methods/index.ts";
import type { Method, MethodOptions } from "../../lib/methods/method.ts";
import { pretrainingStep } from "../../lib/training/step.ts";
import {
  format,
  header,
  medianRow,
  rateRow,
  type Row,
  summaryTable,
  table,
} from "./support/report.ts";
import { inTurn, type Summary } from "./support/rounds.ts";
import { type Steps, stepsPerSecond, warmUp } from "./support/steps.ts";
import { startTorch, type TorchPeer } from "./support/torch_peer.ts";
import { type Network, repeated, trainerOf } from "./support/training_steps.ts";

/** What methods_step.py is asked, and which methods it says it knows. */
type Request = Network & { method: string; options: MethodOptions; pairs: number };
type Torch = TorchPeer<Request, { methods: string[] }>;

const network: Network = { blocks: [1, 1, 1, 1], width: 32 };
const pairs = 64;
const stepsAtOnce = 4;
const rounds = 3;

const trained = Object.values(methods).filter((method) => method.loss !== null);

/** What `--only` can name. */
export const cases = trained.map((method) => method.name);

export async function run({ json, only }: { json: boolean; only?: string }): Promise<void> {
  const chosen = trained.filter(({ name }) => only === undefined || name === only);
  const torch = await startTorch<Request, { methods: string[] }>("methods_step.py");
  (json ? console.error : console.log)(header(torch?.greeting.torch));
  try {
    const all = Object.fromEntries(chosen.flatMap((method) => bothSides(method, torch)));
    const losses = await warmUp(all, consoleProgress("warming up"));
    for (const { name } of chosen) checkSameWork(name, losses[name], losses[peerOf(name)]);
    const measured = stepsPerSecond(all, stepsAtOnce);
    const rates = await inTurn(measured, { rounds, progress: consoleProgress("measuring") });
    if (!json) console.log(`\n${lossTable(chosen, losses)}\n\n${summaryTable(rates, 2)}\n`);
    console.log(format(rowsOf(chosen, rates), { json }));
  } finally {
    await torch?.close();
  }
}

const peerOf = (name: string) => `${name}, lightly`;

function bothSides(method: Method, torch: Torch | undefined): [string, Steps][] {
  const { name, defaults: options } = method;
  const trainer = trainerOf(network, method);
  const step = pretrainingStep({ ...trainer, precision: "fp32" });
  const ours: [string, Steps] = [name, repeated(step, trainer, pairs)];
  if (!torch?.greeting.methods.includes(name)) return [ours];
  return [ours, [peerOf(name), torch.steps({ ...network, method: name, options, pairs })]];
}

/** On random weights and images, one loss has nearly one value; another's factor would show. */
function checkSameWork(name: string, ours: number, peers: number | undefined): void {
  if (peers === undefined || Math.abs(ours - peers) < 0.3 * (1 + Math.abs(peers))) return;
  throw new Problem(
    `${name}: our first loss is ${ours}, lightly's ${peers}: these are not the same method, see ` +
      "tests/bench/support/lightly_methods.py",
  );
}

function rowsOf(chosen: Method[], rates: Record<string, Summary>): Row[] {
  const rows = chosen.map(({ name }) =>
    rateRow({
      ...{ bench: "methods", case: name, unit: "steps/s", ours: rates[name].median },
      peer: rates[peerOf(name)]?.median ?? null,
    })
  );
  return rows.length > 1 ? [...rows, medianRow("median of methods", rows)] : rows;
}

function lossTable(chosen: Method[], losses: Record<string, number>): string {
  const value = (loss: number | undefined) => loss?.toFixed(3) ?? "-";
  const lines = chosen.map(({ name }) => [name, value(losses[name]), value(losses[peerOf(name)])]);
  return table([["first loss", "ours", "lightly"], ...lines]);
}
