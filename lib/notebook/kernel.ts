/**
 * A Deno Jupyter kernel without a front end: started, given code, listened to, ended.
 *
 * It is the kernel that VS Code and JupyterLab start, so a notebook that runs here runs there. What
 * it does not do by itself is put right here: errors outside of a cell's own flow (a floating
 * promise, a timer) are reported, a cell's output is complete when the cell is over, and the kernel
 * ends when the process that started it is gone.
 */
import { Problem } from "../base/problem.ts";
import { type KernelOptions, type KernelProcess, launchKernel } from "./kernel_process.ts";
import { decode, encode, type Message } from "./messages.ts";

/** Why a cell did not come to its end. */
export interface Failure {
  name: string;
  message: string;
  /** The lines of the stack, if any. */
  traceback: string[];
}

/** A running kernel. */
export interface Kernel {
  /**
   * Runs code and hands over what is published until its output is complete.
   *
   * @param limit seconds after which the code counts as never ending
   * @returns null, or why it failed; a kernel that failed can only be stopped
   */
  execute(code: string, listen: Listener, limit?: number): Promise<Failure | null>;
  /** The end of what the kernel's process has written to its stderr. */
  stderr(): string;
  /** Ends the process, by force where it does not end by itself. */
  stop(): Promise<void>;
}

type Listener = (message: Message) => void;

/** Errors that nobody catches become `error` messages; without its parent the kernel exits. */
const PRELUDE = `{
  const report = (event, error) => {
    event.preventDefault();
    const { name = "Error", message = String(error), stack = "" } = error ?? {};
    const content = { ename: "Uncaught " + name, evalue: message, traceback: stack.split("\\n") };
    Deno.jupyter.broadcast("error", content);
  };
  addEventListener("error", (event) => report(event, event.error));
  addEventListener("unhandledrejection", (event) => report(event, event.reason));
  setInterval(() => Deno.ppid === ${Deno.pid} || Deno.exit(1), 1000);
}`;

/**
 * The kernel calls a cell done before all of its output has been sent; what is displayed later
 * comes after all of it. A rejection that nobody handles shows within one turn of the event loop.
 */
const barrier = (mark: string) =>
  `{
  await new Promise((resolve) => setTimeout(resolve));
  const content = { data: { "text/plain": "${mark}" }, metadata: {}, transient: {} };
  await Deno.jupyter.broadcast("display_data", content);
}`;

/**
 * Starts a kernel.
 *
 * @throws Problem when none can be started
 */
export async function startKernel(options: KernelOptions): Promise<Kernel> {
  const process = await launchKernel(options);
  const request = requests(process);
  const { hear, flush } = published(process, request);
  let usable = true;

  const run = async (code: string): Promise<Failure | null> => {
    const reply = await request(code, true);
    if (reply.status === "error") return failureOf(reply);
    await flush();
    return null;
  };
  const execute: Kernel["execute"] = async (code, listen, limit = Infinity) => {
    const uncaught = new Promise<Failure>((resolve) =>
      hear((message) =>
        message.type === "error" ? resolve(failureOf(message.content)) : listen(message)
      )
    );
    const death = process.died.then(dead);
    const outcome = await within(limit, Promise.race([run(code), uncaught, death]));
    usable = outcome === null;
    return outcome === undefined ? endless(limit) : outcome;
  };
  const stop = async () => {
    if (usable) request("Deno.exit(0)", false);
    if (!usable || await within(2, process.died) === undefined) process.kill();
    await process.closed();
  };

  const prepared = flush(0.5).then(() => request(PRELUDE, false)).then(() => flush());
  if (await within(60, Promise.race([prepared, process.died])) === true) {
    return { execute, stop, stderr: process.stderr };
  }
  process.kill();
  await process.closed();
  options.signal?.throwIfAborted();
  throw new Problem(`The Jupyter kernel does not answer. ${process.stderr()}`.trim());
}

type Request = (code: string, storeHistory: boolean) => Promise<Message["content"]>;

/** What the kernel publishes: handed to one listener, and complete after a flush. */
function published(process: KernelProcess, request: Request) {
  const barriers = new Map<unknown, (passed: true) => void>();
  let listener: Listener = () => {};
  forEachPublished(process, (message) => {
    const pass = message.type === "display_data" && barriers.get(textOf(message));
    if (pass) pass(true);
    else listener(message);
  });
  /**
   * Resolves to true when all that was published up to now has been heard.
   *
   * @param patience seconds until it tries again: what is published before the kernel knows of the
   *   subscription is lost
   */
  const flush = async (patience = Infinity): Promise<true> => {
    const mark = crypto.randomUUID();
    const passed = new Promise<true>((resolve) => barriers.set(mark, resolve));
    await request(barrier(mark), false);
    return await within(patience, passed) ?? await flush(patience);
  };
  const hear = (next: Listener) => {
    listener = next;
  };
  return { hear, flush };
}

/** Requests to execute code, one after the other. */
function requests({ shell, key }: KernelProcess): Request {
  const session = crypto.randomUUID();
  return async (code, store_history) => {
    const msg_id = crypto.randomUUID();
    const header = { msg_id, session, msg_type: "execute_request" };
    const content = {
      code,
      store_history,
      silent: false,
      user_expressions: {},
      allow_stdin: false,
    };
    const frames = encode(key, header, { ...content, stop_on_error: true });
    await shell.send(frames).catch(() => {}); // a dead kernel: nothing will be received either
    for (let frames; (frames = await shell.receive());) {
      const reply = decode(key, frames);
      if (reply?.parent === msg_id) return reply.content;
    }
    return await new Promise(() => {}); // the kernel is gone: whoever waits also waits for its end
  };
}

async function forEachPublished({ iopub, key }: KernelProcess, hear: Listener): Promise<void> {
  for (let frames; (frames = await iopub.receive());) {
    const message = decode(key, frames);
    if (message) hear(message);
  }
}

/** The promise's value, or undefined when it takes longer. */
function within<T>(seconds: number, promise: Promise<T>): Promise<T | undefined> {
  if (seconds === Infinity) return promise;
  let timer: ReturnType<typeof setTimeout>;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), Math.min(1000 * seconds, 2 ** 31 - 1));
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

const textOf = ({ content }: Message) => (content.data as Record<string, unknown>)["text/plain"];

function failureOf({ ename, evalue, traceback }: Record<string, unknown>): Failure {
  return {
    name: String(ename),
    message: String(evalue),
    traceback: (traceback as string[]).filter((line) => line !== ""),
  };
}

const dead = (exitCode: number): Failure => ({
  name: "Kernel died",
  message: `its process ended with exit code ${exitCode}`,
  traceback: [],
});

const endless = (limit: number): Failure => ({
  name: "Cell limit",
  message: `the cell did not end within ${limit} s`,
  traceback: [],
});
