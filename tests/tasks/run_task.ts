/** Runs a program of the checkout as a user would. */
import { checkout } from "../../lib/base/files.ts";

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
