/**
 * `deno task bench start [--json]`: seconds from `deno task` to the first step of a run, with warm
 * caches: processes start, images are drawn, pairs are matched, TensorFlow is loaded, the step is
 * compiled. Five times, each a process of its own: the first run of the profile `desk`.
 */
import { consoleProgress } from "../../lib/base/progress.ts";
import { Problem } from "../../lib/base/problem.ts";
import { pretrain } from "../../lib/study/backbones.ts";
import { perMethodGains } from "../../lib/study/design.ts";
import { pairsOf, splitsOf } from "../../lib/study/material.ts";
import { format, header, type Row, summaryTable } from "./support/report.ts";
import { inTurn } from "./support/rounds.ts";

/** `first-step` is what each process does: it ends with that step. */
export const cases = ["first-step"];

const firstStep = "the first step is done";

export async function run({ json, only }: { json: boolean; only?: string }): Promise<void> {
  if (only) return await untilFirstStep();
  (json ? console.error : console.log)(header(undefined).split("\n")[0]);
  const { start } = await inTurn({ start: seconds }, {
    ...{ rounds: 5, progress: consoleProgress("start") },
  });
  if (!json) console.log(`\nseconds\n${summaryTable({ start }, 2)}\n`);
  const row: Row = {
    ...{ bench: "start", case: "deno task to the first step", unit: "s" },
    ...{ ours: start.median, peer: null, ratio: null },
  };
  console.log(format([row], { json }));
}

/** Ends the process with the first step of the first run that trains. */
async function untilFirstStep(): Promise<void> {
  const cell = perMethodGains("desk").cells.find(({ arm }) => arm === "semantic")!;
  const { pretraining } = await splitsOf(cell.data);
  const pairs = await pairsOf(cell);
  await pretrain(cell, pretraining, { pairs }, {
    log: () => {
      console.log(firstStep);
      Deno.exit();
    },
  });
}

async function seconds(): Promise<number> {
  const begun = performance.now();
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "bench", "start", "--only", "first-step"],
    ...{ stdout: "piped", stderr: "null" },
  }).output();
  if (new TextDecoder().decode(stdout).includes(firstStep)) {
    return (performance.now() - begun) / 1000;
  }
  throw new Problem("bench start: no step was done: deno task bench start --only first-step");
}
