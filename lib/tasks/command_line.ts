/** The command line of a task. */
import { parseArgs, type ParseArgsConfig } from "node:util";
import { messageOf, Problem } from "../base/problem.ts";

/**
 * Reads flags and, where they are allowed, what stands without a flag.
 *
 * @param task what stands after `deno task`
 * @throws {Problem} on what is no flag of the task, or lacks its value
 */
export function parseCommandLine<T extends ParseArgsConfig>(
  task: string,
  config: T,
): ReturnType<typeof parseArgs<T>> {
  try {
    return parseArgs(config);
  } catch (error) {
    const [reason] = messageOf(error).split(". ");
    throw new Problem(`${reason} (deno task ${task} --help lists the flags)`);
  }
}
