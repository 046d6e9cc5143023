/** The process of a Deno Jupyter kernel and the two sockets that a runner needs of it. */
import { dirname, join } from "@std/path";
import { freePorts } from "../base/free_ports.ts";
import { Problem } from "../base/problem.ts";
import { connect, type Socket } from "./zmtp.ts";

/** How a kernel is started. */
export interface KernelOptions {
  /** The notebook's folder, as front ends have it: imports resolve from there. */
  cwd: string;
  /** Variables beside those of this process. */
  environment?: Record<string, string>;
  /** When aborted, the kernel is killed. */
  signal?: AbortSignal;
}

/** A kernel that accepts requests. */
export interface KernelProcess {
  /** What signs the messages. */
  key: string;
  /** Requests and replies. */
  shell: Socket;
  /** What is published. */
  iopub: Socket;
  /** Resolves to the exit code. */
  died: Promise<number>;
  /** The end of what the process has written to its stderr. */
  stderr(): string;
  kill(): void;
  /** Resolves when the process has ended and nothing of it is held any more. */
  closed(): Promise<void>;
}

/**
 * Starts a kernel and connects to it.
 *
 * Between the choice of free ports and their use by the kernel another process may take one of
 * them: the kernel then ends at once, and another is tried.
 *
 * @throws Problem when the third one ends too, or none accepts connections within a minute
 */
export async function launchKernel(options: KernelOptions): Promise<KernelProcess> {
  for (let attempt = 1;; attempt++) {
    options.signal?.throwIfAborted();
    const { ports, key, file } = await writeConnectionFile();
    const kernel = spawn(file, options);
    try {
      const shell = await dial(ports.shell_port, "DEALER", kernel.hasEnded);
      const iopub = await dial(ports.iopub_port, "SUB", kernel.hasEnded);
      const closed = async () => {
        await kernel.closed();
        shell.close();
        iopub.close();
      };
      return { ...kernel, key, shell, iopub, closed };
    } catch (error) {
      kernel.kill();
      await kernel.closed();
      options.signal?.throwIfAborted();
      if (attempt < 3 && !(error instanceof Problem)) continue;
      throw new Problem(`No Jupyter kernel: ${(error as Error).message} ${kernel.stderr()}`.trim());
    } finally {
      await Deno.remove(dirname(file), { recursive: true });
    }
  }
}

async function writeConnectionFile() {
  const key = crypto.randomUUID();
  const [shell_port, iopub_port, stdin_port, control_port, hb_port] = freePorts(5);
  const ports = { shell_port, iopub_port, stdin_port, control_port, hb_port };
  const file = join(await Deno.makeTempDir({ prefix: "kernel-" }), "connection.json");
  const connection = {
    ...ports,
    ip: "127.0.0.1",
    transport: "tcp",
    key,
    signature_scheme: "hmac-sha256",
    kernel_name: "deno",
  };
  await Deno.writeTextFile(file, JSON.stringify(connection), { mode: 0o600 });
  return { ports, key, file };
}

function spawn(connectionFile: string, { cwd, environment, signal }: KernelOptions) {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["jupyter", "--quiet", "--kernel", "--conn", connectionFile],
    cwd,
    env: { ...environment, NO_COLOR: "1" },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  let ended = false;
  const kill = () => {
    if (!ended) child.kill("SIGKILL");
  };
  signal?.addEventListener("abort", kill);
  const died = child.status.then(({ code }) => {
    ended = true;
    signal?.removeEventListener("abort", kill);
    return code;
  });
  const { text: stderr, finished } = tail(child.stderr);
  const closed = async () => {
    await Promise.all([died, finished]);
  };
  return { died, hasEnded: () => ended, kill, stderr, closed };
}

/** Keeps the last 4000 characters of a stream. */
function tail(stream: ReadableStream<Uint8Array>) {
  const decoder = new TextDecoder();
  let kept = "";
  const read = async () => {
    for await (const chunk of stream) {
      kept = (kept + decoder.decode(chunk, { stream: true })).slice(-4000);
    }
  };
  return { text: () => kept.trim(), finished: read().catch(() => {}) };
}

/** Connects as soon as the kernel listens. */
async function dial(port: number, type: "DEALER" | "SUB", hasEnded: () => boolean) {
  const start = performance.now();
  while (!hasEnded()) {
    const socket = await connect(port, type).catch(() => null);
    if (socket) return socket;
    if (performance.now() - start > 60_000) throw new Problem("it did not answer in a minute.");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error("it ended before it answered.");
}
