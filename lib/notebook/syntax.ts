/** What is wrong with code that does not parse: the kernel says no more than "Execution failed". */
import { stripVTControlCharacters } from "node:util";
import type { Failure } from "./kernel.ts";

/** The failure with the parser's words for it, where it is one of syntax; else the failure. */
export async function syntaxFailure(failure: Failure, source: string): Promise<Failure> {
  if (failure.message !== "Execution failed" || failure.traceback.length > 0) return failure;
  const parser = new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--no-config", "--ext", "ts", "-"],
    env: { NO_COLOR: "1" },
    stdin: "piped",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const writer = parser.stdin.getWriter();
  await writer.write(new TextEncoder().encode(source));
  await writer.close();
  const text = stripVTControlCharacters(new TextDecoder().decode((await parser.output()).stderr));
  const [, message] = /SyntaxError: (.*)/.exec(text) ?? [];
  const [, line, column] = /_stdin\.ts:(\d+):(\d+)/.exec(text) ?? [];
  if (!message) return failure;
  return {
    name: "SyntaxError",
    message,
    traceback: line ? [`    at <anonymous>:${line}:${column}`] : [],
  };
}
