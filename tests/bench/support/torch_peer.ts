/** The Python that `PEER_PYTHON` names, running simclr_step.py: one question, one answer. */
import { join } from "@std/path";
import { Problem } from "../../../lib/base/problem.ts";

/** What simclr_step.py is asked. */
export interface Request {
  blocks: number[];
  width: number;
  views: number;
  variant: string;
  steps: number;
}

/** A torch that measures steps on request. */
export interface TorchPeer {
  version: string;
  /** Seconds of all steps together, and the last loss. */
  measure(request: Request): Promise<{ seconds: number; loss: number }>;
  close(): Promise<void>;
}

/** Starts the peer; undefined where `PEER_PYTHON` names none. */
export async function startTorch(): Promise<TorchPeer | undefined> {
  const python = Deno.env.get("PEER_PYTHON");
  if (!python) return undefined;
  const script = join(import.meta.dirname!, "..", "simclr_step.py");
  const child = start(python, script);
  const lines = linesOf(child.stdout);
  const answer = async <T>(): Promise<T> => {
    const { value, done } = await lines.next();
    if (done) throw new Problem(`PEER_PYTHON=${python}: simclr_step.py stopped; see above`);
    return JSON.parse(value) as T;
  };
  const writer = child.stdin.getWriter();
  const { torch } = await answer<{ torch: string }>();
  return {
    version: torch,
    measure: async (request) => {
      await writer.write(new TextEncoder().encode(JSON.stringify(request) + "\n"));
      return await answer();
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
