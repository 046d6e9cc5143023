/** Pretraining in a process of its own, so that its peak memory is its own too. */
import { join } from "@std/path";
import { Problem } from "../../../lib/base/problem.ts";
import type { MethodOptions } from "../../../lib/methods/method.ts";
import type { ResNetConfig } from "../../../lib/models/resnet.ts";

/** What one process is asked: pretrain_run.ts, or pretrain_peer.py where there is a Python. */
export type PretrainRequest = {
  method: string;
  options: MethodOptions;
  backbone: ResNetConfig;
  /** Of the pictures in this folder, in memory or read as they are asked for. */
  folder: string;
  held: boolean;
  /** Pixels a side of a view. */
  size: number;
  /** A batch, and in how many parts it is computed. */
  pairs: number;
  parts?: number;
  /** That are timed; two more come first. */
  steps: number;
  /** "fp32", "bf16", "fp32 recompute"; the peer's are in pretrain_peer.py. */
  variant: string;
};

/** What it reports: views a second, and the most memory that it had. */
export type Measured = { rate: number; peakBytes: number };

/** Measures pretraining, ours, or the peer's with its Python. */
export async function measurePretraining(
  request: PretrainRequest,
  python?: string,
): Promise<Measured> {
  const json = JSON.stringify(request);
  const [command, args] = python
    ? [python, [join(import.meta.dirname!, "..", "pretrain_peer.py"), json]]
    : [Deno.execPath(), ["run", "-A", join(import.meta.dirname!, "pretrain_run.ts"), json]];
  const { success, stdout } = await new Deno.Command(command, {
    ...{ args, stdout: "piped", stderr: "inherit" },
  }).output();
  if (!success) throw new Problem(`pretraining, ${request.variant}, failed; see above`);
  return JSON.parse(new TextDecoder().decode(stdout).trim().split("\n").at(-1)!);
}
