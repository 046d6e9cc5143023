import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { join } from "@std/path";
import { liveTensors } from "../../lib/engine/mod.ts";
import { audit } from "../../lib/study/audit.ts";
import { inputsOf } from "../../lib/study/material.ts";
import { type Design, perMethodGains } from "../../lib/study/design.ts";
import { resultsFolder, runKey } from "../../lib/study/store.ts";
import { run } from "../../lib/study/run.ts";
import { trainingSeconds } from "../../lib/study/run_cell.ts";
import { runFolder } from "../../lib/study/run_folder.ts";

/** One method, one seed, kept apart from all other results. */
const smoke = perMethodGains("smoke");
const profile = `test-${crypto.randomUUID()}`;
const design: Design = {
  ...smoke,
  profile,
  conclusive: false,
  cells: smoke.cells.slice(0, 3).map((cell) => ({ ...cell, seed: 77 })),
};

Deno.test("seconds of a training that went on from a checkpoint are those of all its steps", () => {
  strictEqual(trainingSeconds(12, 100, 10), 12);
  strictEqual(trainingSeconds(3, 100, 10), 10);
  strictEqual(trainingSeconds(3, 0, 0), 3);
});

Deno.test("a study from data to audit: stopped, resumed, loaded", async () => {
  const stop = new AbortController();
  const finished: string[] = [];
  const progress = (done: number, total: number, note = "") => {
    if (!/: \d+ s$/.test(note)) return;
    finished.push(`${done}/${total} ${note.split(":")[0]}`);
    if (done === 1 && total === 3) stop.abort(new Error("stopped"));
  };
  try {
    await rejects(run(design, { progress, signal: stop.signal }), /stopped/);
    const { tensors } = liveTensors();
    const runs = await run(design, { progress });
    deepStrictEqual(finished, [
      "1/3 untrained, seed 77",
      "1/2 SimCLR, augmented pairs, seed 77",
      "2/2 SimCLR, semantic pairs, seed 77",
    ]);
    strictEqual(liveTensors().tensors, tensors, "a run leaves no tensor behind");
    deepStrictEqual(await run(design, { progress }), runs);
    strictEqual(finished.length, 3, "the second time all is loaded");
    const kept = await Array.fromAsync(Deno.readDir(runFolder(runs[1].inputs)), ({ name }) => name);
    deepStrictEqual(kept.sort(), ["backbone.safetensors", "events"]); // no checkpoints any more

    for (const { metrics, inputs: { cell }, curve } of runs) {
      strictEqual(metrics.length, 8);
      ok(metrics.every(({ accuracy }) => accuracy >= 0 && accuracy <= 1));
      strictEqual(curve.length, cell.arm === "untrained" ? 0 : cell.training.epochs);
    }
    strictEqual((await audit(design, runs)).runs, 3);
    const [untrained, augmented, semantic] = runs;
    await rejects(audit(design, [untrained, augmented]), /semantic, seed 77\) has no run/);
    await rejects(audit(design, [untrained, augmented, augmented]), /other data, pairs or code/);
    await rejects(
      audit(design, [untrained, augmented, { ...semantic, sameClassNegatives: 0.5 }]),
      /the arms are not matched/,
    );
    strictEqual(runKey(augmented.inputs) === runKey(semantic.inputs), false);
  } finally {
    await Deno.remove(join(resultsFolder(design), ".."), { recursive: true });
    for (const cell of design.cells.slice(1)) {
      await Deno.remove(runFolder(await inputsOf(cell)), { recursive: true });
    }
  }
});
