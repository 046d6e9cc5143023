/**
 * `deno task tune [--profile desk] [--methods few|all]`: tries hyper-parameters on both arms, by
 * validation images; of the figures' methods or of all.
 */
import { parseArgs } from "node:util";
import { messageOf, Problem, runTask } from "../base/problem.ts";
import { consoleProgress } from "../base/progress.ts";
import { type Design, everyMethod, perMethodGains } from "../study/design.ts";
import { chosenFor, tune } from "../study/tuning.ts";
import { interruption } from "./interruption.ts";

await runTask(async () => {
  const design = designOf(Deno.args);
  const trials = await tune(design, {
    progress: consoleProgress("tuning"),
    signal: interruption(),
  });
  for (const { method, arm, views, learningRate, validation, loss } of trials) {
    console.log([
      method.padEnd(14),
      arm.padEnd(10),
      views.padEnd(8),
      String(learningRate).padEnd(6),
      `${(100 * validation).toFixed(1)} %`.padStart(7),
      loss === null ? (arm === "untrained" ? arm : "failed") : `loss ${loss.toFixed(3)}`,
    ].join("  "));
  }
  console.log("chosen:", JSON.stringify(chosenFor(design, trials)));
});

function designOf(args: string[]): Design {
  const usage = "usage: deno task tune [--profile NAME] [--methods few|all]";
  try {
    const text = (value: string) => ({ type: "string", default: value }) as const;
    const options = { profile: text("desk"), methods: text("all") };
    const { profile, methods } = parseArgs({ args, options }).values;
    if (methods === "all") return everyMethod(profile);
    if (methods === "few") return perMethodGains(profile);
  } catch (error) {
    const [reason] = messageOf(error).split(". ");
    throw new Problem(`${reason}: ${usage}`);
  }
  throw new Problem(usage);
}
