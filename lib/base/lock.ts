/**
 * Locks between processes, on one machine or on several that share a folder: a file that says who holds
 * it, touched as long as its holder lives.
 */
import process from "node:process";
import { hostname } from "node:os";
import { dirname } from "@std/path";

/** How a lock is waited for. */
export interface LockOptions {
  signal?: AbortSignal;
  /** Told once, where another process holds the lock. */
  waiting?: (holder: string) => void;
  /** Milliseconds between two touches, and after how many without one a holder counts as dead. */
  beat?: number;
  dead?: number;
}

/** Milliseconds without a touch. */
const DEAD = 120_000;

/** Who holds a lock. */
interface Holder {
  host: string;
  pid: number;
  /** Of this one holding. */
  id: string;
}

/**
 * Does work while no other process that asks for the same lock does. It waits until the holder has
 * done; a holder that was killed, or whose machine has gone, loses the lock: at once on this machine,
 * elsewhere when it has not been touched for a while. Of several that see such a lock at one moment two
 * might take it: the work has to be such that doing it twice does no harm.
 *
 * @param path of the lock's file
 */
export async function withLock<T>(
  path: string,
  work: () => Promise<T>,
  { signal, waiting = () => {}, beat = 20_000, dead = DEAD }: LockOptions = {},
): Promise<T> {
  const id = crypto.randomUUID();
  await Deno.mkdir(dirname(path), { recursive: true });
  for (let told = false; !await take(path, id);) {
    signal?.throwIfAborted();
    const holder = await holderOf(path);
    if (holder === "nobody") continue;
    if (await isDead(path, holder, dead)) {
      await Deno.remove(path).catch(() => {}); // of several one does it
      continue;
    }
    if (!told) waiting(nameOf(holder));
    told = true;
    await new Promise((resolve) => setTimeout(resolve, Math.min(1000, beat)));
  }
  const beating = setInterval(() => {
    const now = new Date();
    Deno.utime(path, now, now).catch(() => {});
  }, beat);
  try {
    return await work();
  } finally {
    clearInterval(beating);
    const holder = await holderOf(path);
    if (holder !== "nobody" && holder?.id === id) await Deno.remove(path).catch(() => {});
  }
}

/** Who holds a lock now, e.g. `node2, process 4711`; undefined where nobody who lives does. */
export async function holderNow(path: string, dead = DEAD): Promise<string | undefined> {
  const holder = await holderOf(path);
  if (holder === "nobody" || await isDead(path, holder, dead)) return undefined;
  return nameOf(holder);
}

const nameOf = (holder: Holder | undefined) => `${holder?.host}, process ${holder?.pid}`;

/** Whether the lock is this process's now. */
async function take(path: string, id: string): Promise<boolean> {
  const holder: Holder = { host: hostname(), pid: Deno.pid, id };
  try {
    await Deno.writeTextFile(path, JSON.stringify(holder), { createNew: true });
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return false;
    throw error;
  }
}

/** Undefined where the file says nothing (yet). */
async function holderOf(path: string): Promise<Holder | undefined | "nobody"> {
  const text = await Deno.readTextFile(path).catch(() => undefined);
  if (text === undefined) return "nobody";
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function isDead(path: string, holder: Holder | undefined, dead: number): Promise<boolean> {
  if (holder?.host === hostname() && !lives(holder.pid)) return true;
  const { mtime } = await Deno.stat(path).catch(() => ({ mtime: new Date() }));
  return Date.now() - (mtime?.getTime() ?? 0) > dead;
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0); // sends nothing
    return true;
  } catch (error) {
    return (error as { code?: string }).code === "EPERM"; // it is another user's
  }
}
