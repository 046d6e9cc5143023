/** The Python that `PEER_PYTHON` names, running a script of tests/bench: one question, one answer. */
import { join } from "@std/path";
import { Problem } from "../../../lib/base/problem.ts";
import type { Steps, Timed } from "./steps.ts";

/** What support/torch_peer.py says first; a script may add to it. */
export type Greeting = { torch: string; threads: number };

/** A torch that runs steps on request. */
export interface TorchPeer<Request, Extra = unknown> {
  greeting: Greeting & Extra;
  /** The steps of a request; torch holds their weights until it is closed. */
  steps<Loss = number>(request: Request): Steps<Loss>;
  close(): Promise<void>;
}

/** Starts the peer; undefined where `PEER_PYTHON` names none. */
export async function startTorch<Request, Extra = unknown>(
  script: string,
): Promise<TorchPeer<Request, Extra> | undefined> {
  const python = Deno.env.get("PEER_PYTHON");
  if (!python) return undefined;
  const child = start(python, join(import.meta.dirname!, "..", script));
  const lines = linesOf(child.stdout);
  const answer = async <T>(): Promise<T> => {
    const { value, done } = await lines.next();
    if (done) throw new Problem(`PEER_PYTHON=${python}: ${script} stopped; see above`);
    return JSON.parse(value) as T;
  };
  const writer = child.stdin.getWriter();
  return {
    greeting: await answer(),
    steps: <Loss>(request: Request) => async (count) => {
      const line = JSON.stringify({ ...request, steps: count }) + "\n";
      await writer.write(new TextEncoder().encode(line));
      return await answer<Timed<Loss>>();
    },
    close: async () => {
      await writer.close();
      await child.status;
    },
  };
}

function start(python: string, script: string) {
  try {
    const pipes = { stdin: "piped", stdout: "piped", stderr: "inherit" } as const;
    return new Deno.Command(python, { args: [script], ...pipes }).spawn();
  } catch {
    throw new Problem(
      `PEER_PYTHON=${python} is no program: \`deno task bench peers\` makes a Python and names it`,
    );
  }
}

async function* linesOf(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<string, undefined> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
}
