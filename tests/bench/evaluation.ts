/**
 * `deno task bench evaluation [--json] [--only CASE]`: the evaluations that take longest, ours and
 * those of scikit-learn and lightly.
 *
 * probe: the linear probe as ssl-transfer does it: 45 values of C, each fitted from the one before on
 * four fifths of the rows, the best on the last fifth taken to fit all of them; at most 100 iterations
 * of L-BFGS a fit, which ends where no component of the gradient exceeds 1e-4. Both sides start and
 * stop by the same rules on the same float32 numbers; the table shows what each reaches: iterations,
 * the C chosen, its accuracy on the last fifth, the objective averaged over the 45 fits, and the
 * accuracy on other rows. knn: these ask, all the first ones vote, k = 200, temperature 0.1.
 *
 * Features are 512 wide, in 100 classes, blurred clusters of decaying variance behind a ReLU.
 */
import { join } from "@std/path";
import { consoleProgress } from "../../lib/base/progress.ts";
import { prng } from "../../lib/base/prng.ts";
import type { Features } from "../../lib/evaluation/features.ts";
import { knn } from "../../lib/evaluation/knn.ts";
import { classify } from "../../lib/evaluation/linear.ts";
import { accuracy } from "../../lib/evaluation/metrics.ts";
import { sslTransferProbe } from "../../lib/evaluation/ssl_transfer.ts";
import { format, header, rateRow, table } from "./support/report.ts";
import { inTurn } from "./support/rounds.ts";
import { startTorch, type TorchPeer } from "./support/torch_peer.ts";

const width = 512, classes = 100, rounds = 3;

/** How many rows are fitted on, held and asked. */
type Case = { task: "probe" | "knn"; fit: number; held: number; test: number };

const all: Record<string, Case> = {
  "probe-5000": { task: "probe", fit: 4000, held: 1000, test: 1000 },
  "knn-5000": { task: "knn", fit: 4000, held: 1000, test: 1000 },
  "knn-50000": { task: "knn", fit: 40_000, held: 10_000, test: 10_000 },
  "probe-50000": { task: "probe", fit: 40_000, held: 10_000, test: 10_000 },
};

/** What `--only` can name. */
export const cases = Object.keys(all);

/** What evaluation_peer.py is asked, and what it answers, as we do. */
type Request = Case & { folder: string; width: number };
type Versions = { sklearn: string; lightly: string };
type Outcome = {
  seconds: number;
  top1: number;
  iterations?: number;
  c?: number;
  held?: number;
  objective?: number;
};

export async function run({ json, only }: { json: boolean; only?: string }): Promise<void> {
  const torch = await startTorch<Request, Versions>("evaluation_peer.py");
  (json ? console.error : console.log)(header(torch?.greeting.torch));
  try {
    for (const name of cases.filter((name) => only === undefined || only === name)) {
      await compare(name, torch, json);
    }
  } finally {
    await torch?.close();
  }
}

async function compare(
  name: string,
  torch: TorchPeer<Request, Versions> | undefined,
  json: boolean,
): Promise<void> {
  const { task, fit, held, test } = all[name];
  const folder = await Deno.makeTempDir({ prefix: "bench-evaluation-" });
  try {
    const rows = await blurredClusters(fit + held + test, folder);
    const last: Record<string, Outcome> = {};
    const seconds = (side: string, run: () => Promise<Outcome>) => async () => {
      last[side] = await run();
      return last[side].seconds;
    };
    const ours = { ours: seconds("ours", () => evaluate(all[name], rows)) };
    const steps = torch?.steps<Outcome>({ ...all[name], folder, width });
    const peer = steps && { peer: seconds("peer", async () => (await steps(1)).loss) };
    const progress = consoleProgress(name);
    const times = await inTurn<string>({ ...ours, ...peer }, { rounds, progress });
    if (!json) console.log(`\n${name}\n${outcomes(last)}\n`);
    const count = task === "probe" ? 46 : test;
    const row = rateRow({
      ...{ bench: "evaluation", case: name, unit: task === "probe" ? "fits/s" : "queries/s" },
      ours: count / times.ours.median,
      peer: times.peer ? count / times.peer.median : null,
    });
    console.log(format([row], { json }));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function evaluate({ task, fit, held, test }: Case, rows: Features) {
  const part = (from: number, to: number): Features => ({
    ...rows,
    values: rows.values.subarray(from * width, to * width),
    labels: rows.labels.subarray(from, to),
  });
  const known = fit + held, asked = part(known, known + test);
  const start = performance.now();
  const seconds = () => (performance.now() - start) / 1000;
  if (task === "knn") {
    const { top1 } = accuracy(await knn(part(0, known), asked), asked.labels);
    return { seconds: seconds(), top1 };
  }
  const progress = consoleProgress("ours");
  const validation = part(fit, known);
  const probe = await sslTransferProbe(part(0, fit), { validation, progress });
  const taken = seconds();
  const { c, trials } = probe;
  return {
    ...{ seconds: taken, c },
    objective: trials.reduce((sum, { objective }) => sum + objective, 0) / trials.length,
    iterations: trials.reduce((sum, trial) => sum + trial.iterations, probe.iterations),
    held: Math.max(...trials.map((trial) => trial.accuracy)),
    top1: accuracy(await classify(probe, asked), asked.labels).top1,
  };
}

/** What both sides came to in their last round. */
function outcomes(last: Record<string, Outcome>): string {
  const cell = (value: number | undefined) => value === undefined ? "-" : value.toPrecision(4);
  const lines = Object.entries(last).map(([side, o]) => [
    side,
    `${o.seconds.toFixed(1)} s`,
    ...[o.top1, o.iterations, o.c, o.held, o.objective].map(cell),
  ]);
  return table([["last round", "time", "top-1", "iterations", "C", "held", "objective"], ...lines]);
}

/** Rows of a class around its centre, as features and as files for the peer. */
async function blurredClusters(n: number, folder: string): Promise<Features> {
  const random = prng("bench evaluation");
  const spread = Float64Array.from({ length: width }, (_, i) => 1.5 / Math.sqrt(i + 1));
  const centres = Float64Array.from({ length: classes * width }, () => 0.25 * random.normal());
  const labels = Int32Array.from({ length: n }, () => random.int(classes));
  const progress = consoleProgress(`drawing ${n} rows of features`);
  const values = new Float32Array(n * width);
  for (let row = 0; row < n; row++) {
    if (row % 1000 === 0) progress(row, n);
    for (let i = 0; i < width; i++) {
      const blurred = centres[labels[row] * width + i] + random.normal();
      values[row * width + i] = Math.max(0, 0.2 + spread[i] * blurred);
    }
  }
  progress(n, n);
  await Deno.writeFile(join(folder, "features.bin"), new Uint8Array(values.buffer));
  await Deno.writeFile(join(folder, "labels.bin"), new Uint8Array(labels.buffer));
  return { values, width, labels, classes };
}
