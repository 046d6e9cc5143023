/** Runs a program of the checkout as a user would. */
import { join } from "@std/path";
import { cacheDirectory, checkout, exists } from "../../lib/base/files.ts";

/** What a program did. */
export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs a command in the checkout, with changes to its environment. */
export async function runCommand(
  command: string,
  args: string[],
  env: Record<string, string> = {},
): Promise<Outcome> {
  const options = { args, env: { NO_COLOR: "1", ...env }, cwd: checkout };
  const { code, stdout, stderr } = await new Deno.Command(command, options).output();
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { code, stdout: out, stderr: err };
}

/** Runs lib/tasks/NAME.ts. */
export function runTask(
  name: string,
  args: string[] = [],
  env: Record<string, string> = {},
): Promise<Outcome> {
  return runCommand(Deno.execPath(), ["run", "-A", `lib/tasks/${name}.ts`, ...args], env);
}

/** Where packages are kept: it stays where it is when XDG_CACHE_HOME changes. */
export function denoDir(): string {
  const { stdout } = new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).outputSync();
  return JSON.parse(new TextDecoder().decode(stdout)).denoDir;
}

/** Calls the test with a cache of its own, with TensorFlow and the scenes in it but no results. */
export async function withCache(
  test: (env: Record<string, string>, cache: string) => Promise<void>,
): Promise<void> {
  const base = await Deno.makeTempDir(), cache = join(base, "semantic-pairs");
  try {
    await Deno.mkdir(cache);
    for (const name of ["tensorflow", "emoji-scenes"]) {
      const shared = cacheDirectory(name);
      if (await exists(shared)) await Deno.symlink(shared, join(cache, name));
    }
    await test({ XDG_CACHE_HOME: base, DENO_DIR: denoDir() }, cache);
  } finally {
    await Deno.remove(base, { recursive: true });
  }
}
