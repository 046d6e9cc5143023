/** Workers that share batches, in processes of their own: see cluster_child.ts. */
import { join } from "@std/path";
import type { Workers } from "../../lib/engine/mod.ts";
import { freeAddresses } from "../free_addresses.ts";
import type { Request } from "./cluster_child.ts";

export type Asked = Omit<Request, "workers">;

export type Worker = { rank: number; address: string; process: Deno.ChildProcess };

/** Starts so many workers; `differing` is what a worker is asked otherwise than the others. */
export function startWorkers(
  count: number,
  asked: Asked,
  { ranks = [...Array(count).keys()], differing = (_: number): Partial<Asked> => ({}) } = {},
): Worker[] {
  const addresses = freeAddresses(count);
  return ranks.map((rank) => ({
    ...{ rank, address: addresses[rank] },
    process: startWorker({ ...asked, ...differing(rank) }, { addresses, rank }),
  }));
}

/** Starts one of several workers. */
export function startWorker(asked: Asked, workers: Workers): Deno.ChildProcess {
  const child = join(import.meta.dirname!, "cluster_child.ts");
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", child, JSON.stringify({ ...asked, workers })],
    env: { TF_CPP_MIN_LOG_LEVEL: "3" },
    ...{ stdout: "piped", stderr: "piped" },
  }).spawn();
}

/** Resolves when a worker has said that so many steps are done. */
export async function reached({ process }: Worker, steps: number): Promise<void> {
  let seen = "";
  for await (const text of process.stdout.pipeThrough(new TextDecoderStream())) {
    seen += text;
    if (seen.includes(`step ${steps}\n`)) return;
  }
  const errors = await new Response(process.stderr).text();
  throw new Error(`the worker ended before step ${steps}: ${seen} ${errors}`);
}
