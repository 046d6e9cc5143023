/** `deno task bench NAME [--json] [--only CASE]`: runs the benchmark in tests/bench/NAME.ts. */
import { join } from "@std/path";
import { parseArgs } from "node:util";
import { checkout } from "../base/files.ts";
import { messageOf, Problem, runTask } from "../base/problem.ts";

/** What a file in tests/bench exports. */
export interface Benchmark {
  /** What `--only` can name; a benchmark without cases always runs as a whole. */
  cases?: string[];
  run(options: { json: boolean; only?: string }): Promise<void>;
}

await runTask(async () => {
  const { name, json, only } = await commandLine(Deno.args);
  const { cases = [], run }: Benchmark = await import(`../../tests/bench/${name}.ts`);
  if (only !== undefined && !cases.includes(only)) {
    throw new Problem(`${name} has no case "${only}"; it has ${cases.join(", ") || "none"}`);
  }
  await run({ json, only });
});

async function commandLine(args: string[]) {
  const folder = join(checkout, "tests", "bench");
  const names = (await Array.fromAsync(Deno.readDir(folder)))
    .filter((entry) => entry.isFile && entry.name.endsWith(".ts"))
    .map((entry) => entry.name.slice(0, -".ts".length)).sort();
  const usage = `usage: deno task bench NAME [--json] [--only CASE], where NAME is ${
    names.join(" or ")
  }`;
  const { values: { json = false, only }, positionals: [name, ...rest] } = parse(args, usage);
  if (!names.includes(name) || rest.length > 0) throw new Problem(usage);
  return { name, json, only };
}

function parse(args: string[], usage: string) {
  try {
    const options = { json: { type: "boolean" }, only: { type: "string" } } as const;
    return parseArgs({ args, options, allowPositionals: true });
  } catch (error) {
    throw new Problem(`${usage}: ${messageOf(error)}`);
  }
}
