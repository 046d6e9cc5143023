/** Errors meant for the user: one or two lines that say what, where and what to do. */

/** An error whose message is complete in itself; the tasks print it without a stack. */
export class Problem extends Error {
  override name = "Problem";
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * Runs a task's entry point. Failure prints the message and exits 1; with `DEBUG=1`, and of what is
 * no {@link Problem}, it prints the stack too.
 */
export async function runTask(task: () => Promise<number | void>): Promise<never> {
  try {
    Deno.exit(await task() ?? 0);
  } catch (error) {
    const debug = Deno.env.get("DEBUG") === "1" || !(error instanceof Problem);
    console.error(`error: ${debug && error instanceof Error ? error.stack : messageOf(error)}`);
    Deno.exit(1);
  }
}
