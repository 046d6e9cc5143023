import { ok, strictEqual } from "node:assert/strict";
import { join } from "@std/path";
import { liveTensors } from "../../lib/engine/mod.ts";
import { methods } from "../../lib/methods/index.ts";
import { perMethodGains } from "../../lib/study/design.ts";
import {
  diskOf,
  gpuHours,
  type Paces,
  secondsOf,
  stepsOf,
  storedPaces,
  timeSteps,
} from "../../lib/study/estimate.ts";
import { thisMachine } from "../../lib/study/run_cell.ts";
import { inventedRuns } from "./runs.ts";

const { cells } = perMethodGains("smoke");
const [augmented, semantic] = ["augmented", "semantic"].map((arm) =>
  cells.find((cell) => cell.arm === arm && cell.method.name === "simclr")!
);

Deno.test("an estimate goes by the runs that are stored, of this machine alone", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const runs = inventedRuns({ ...perMethodGains("smoke"), cells: [augmented] }, () => 0.5);
    const mine = { ...runs[0], seconds: 100, stepsPerSecond: 5, machine: thisMachine() };
    const other = { ...mine, seconds: 900, machine: { ...mine.machine, hardware: "another" } };
    await Deno.mkdir(join(folder, "runs"));
    await Deno.writeTextFile(join(folder, "runs", "a.json"), JSON.stringify(mine));
    await Deno.writeTextFile(join(folder, "runs", "b.json"), JSON.stringify(other));
    await Deno.writeTextFile(join(folder, "runs", "c.json"), "{");
    const machine = { ...mine.machine, hardware: `1 of ${mine.machine.hardware}` };
    const cores = parseInt(mine.machine.hardware);
    const beside = { ...mine, seconds: 100 * cores, stepsPerSecond: 5 / cores, machine };
    await Deno.writeTextFile(join(folder, "runs", "d.json"), JSON.stringify(beside));
    const paces = await storedPaces(folder);
    strictEqual(await secondsOf(semantic, paces), 100); // the other arm takes as long
    const longer = { ...semantic, training: { ...semantic.training, epochs: 20 } };
    strictEqual(await stepsOf(longer), 20 * 2); // 64 pairs, batches of 32
    strictEqual(await secondsOf(longer, paces), 40 / 5);
    strictEqual(await secondsOf(cells[0], paces), 0); // untrained
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("where nothing is stored, steps are timed, and leave nothing behind", async () => {
  const paces: Paces = { runs: new Map(), steps: new Map() };
  strictEqual(await secondsOf(semantic, paces), undefined);
  const { tensors } = liveTensors();
  await timeSteps(semantic, paces);
  strictEqual(liveTensors().tensors, tensors);
  ok(await secondsOf(semantic, paces) as number > 0);
});

Deno.test("GPU-hours: ResNet-50's own pace, a third more with a momentum encoder", () => {
  const cell = perMethodGains("imagenet").cells.find(({ method }) => method.name === "simclr")!;
  const steps = 1000, views = 2 * cell.training.batchSize * steps;
  strictEqual(gpuHours(cell, steps), views / 2470 / 3600);
  const byol = { ...cell, method: { name: "byol", options: methods.byol.defaults } };
  ok(Math.abs(gpuHours(byol as never, steps)! / gpuHours(cell, steps)! - 4 / 3) < 1e-9);
  const swav = perMethodGains("imagenet").cells.find(({ method }) => method.name === "swav")!;
  const more = gpuHours(swav, steps)! / gpuHours(cell, steps)!;
  ok(Math.abs(more - (1 + 3 * (96 / 224) ** 2)) < 0.02, `${more}`); // three small views to a full one
});

Deno.test("disk: four bytes a parameter", () => {
  const { kept } = diskOf({
    ...semantic,
    backbone: { ...semantic.backbone as object, width: 8 } as never,
  });
  ok(kept > 4000 && kept % 4 === 0);
});
