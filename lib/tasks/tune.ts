/** `deno task tune [--profile desk]`: tries hyper-parameters on both arms, by validation images. */
import { parseArgs } from "node:util";
import { messageOf, Problem, runTask } from "../base/problem.ts";
import { consoleProgress } from "../base/progress.ts";
import { everyMethod } from "../study/design.ts";
import { choose, tune } from "../study/tuning.ts";

await runTask(async () => {
  const trials = await tune(everyMethod(profileOf(Deno.args)), {
    progress: consoleProgress("tuning"),
  });
  for (const { method, arm, views, learningRate, validation, loss } of trials) {
    console.log([
      method.padEnd(14),
      arm.padEnd(10),
      views.padEnd(8),
      String(learningRate).padEnd(6),
      `${(100 * validation).toFixed(1)} %`.padStart(7),
      loss === null ? "failed" : `loss ${loss.toFixed(3)}`,
    ].join("  "));
  }
  console.log("chosen:", JSON.stringify(choose(trials)));
});

function profileOf(args: string[]): string {
  try {
    return parseArgs({ args, options: { profile: { type: "string", default: "desk" } } }).values
      .profile;
  } catch (error) {
    const [reason] = messageOf(error).split(". ");
    throw new Problem(`${reason}: usage: deno task tune [--profile NAME]`);
  }
}
