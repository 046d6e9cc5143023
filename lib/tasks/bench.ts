/** `deno task bench NAME [--json]`: runs the benchmark in tests/bench/NAME.ts. */
import { join } from "@std/path";
import { checkout } from "../base/files.ts";
import { Problem, runTask } from "../base/problem.ts";

/** What a file in tests/bench exports. */
export interface Benchmark {
  run(options: { json: boolean }): Promise<void>;
}

await runTask(async () => {
  const folder = join(checkout, "tests", "bench");
  const names = (await Array.fromAsync(Deno.readDir(folder)))
    .filter((entry) => entry.isFile && entry.name.endsWith(".ts"))
    .map((entry) => entry.name.slice(0, -".ts".length)).sort();
  const json = Deno.args.includes("--json");
  const [name, ...rest] = Deno.args.filter((arg) => arg !== "--json");
  if (!names.includes(name) || rest.length > 0) {
    throw new Problem(`usage: deno task bench NAME [--json], where NAME is ${names.join(" or ")}`);
  }
  const benchmark: Benchmark = await import(`../../tests/bench/${name}.ts`);
  await benchmark.run({ json });
});
