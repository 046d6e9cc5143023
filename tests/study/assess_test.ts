import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { join } from "@std/path";
import { liveTensors } from "../../lib/engine/mod.ts";
import { assess, choices, observations } from "../../lib/study/assess.ts";
import type { Assessments } from "../../lib/study/assessment.ts";
import { auditAssessments } from "../../lib/study/audit.ts";
import { keptBackbone } from "../../lib/study/backbones.ts";
import { runFolder } from "../../lib/study/run_folder.ts";
import { compareArms } from "../../lib/study/comparison.ts";
import { inputsOf } from "../../lib/study/material.ts";
import { detection, invariances, transfer } from "../../lib/study/questions.ts";
import { shownDetections, shownFeatures } from "../../lib/study/shown.ts";
import { resultsFolder } from "../../lib/study/store.ts";

const profile = `test-${crypto.randomUUID()}`;

/** Both arms and the floor of one method and seed of its own, with all tasks. */
function small(design: Assessments, kinds: string[]): Assessments {
  const cells = design.cells.slice(0, 3).map((cell) => ({ ...cell, seed: 78 }));
  const assessments = cells.flatMap((cell) =>
    kinds.map((kind) => ({
      cell,
      task: design.assessments.find(({ task }) => task.kind === kind)!.task,
    }))
  );
  return { ...design, profile, conclusive: false, cells, assessments };
}

Deno.test("assessments: stopped, resumed, loaded, damaged, audited", async () => {
  const design = small(transfer("smoke"), ["transfer", "finetune"]);
  const stop = new AbortController();
  let last = "";
  const progress = (done: number, total: number, note = "") => {
    last = `${done}/${total}`;
    if (done === 1 && note.includes("augmented")) stop.abort(new Error("stopped"));
  };
  try {
    await rejects(assess(design, { progress, signal: stop.signal }), /stopped/);
    const { tensors } = liveTensors();
    const results = await assess(design, { progress });
    strictEqual(last, "2/2", "one of three backbones was done");
    strictEqual(liveTensors().tensors, tensors, "no tensor is left behind");
    last = "";
    deepStrictEqual(await assess(design, { progress }), results);
    strictEqual(last, "", "the second time all is loaded");

    const rows = observations(results);
    ok(rows.every(({ value }) => value >= 0 && value <= 100));
    const measures = new Set(rows.map(({ measure }) => measure));
    ok(["linear", "kNN", "5-shot", "fine-tuned", "linear, top-5"].every((m) => measures.has(m)));
    ok(compareArms(rows).every(({ n, untrained }) => n === 1 && untrained !== null));
    strictEqual(choices(results).length, 6);
    strictEqual((await auditAssessments(design, results)).runs, 6);
    await rejects(auditAssessments(design, results.slice(1)), /of other data, pairs or code/);
    const retrained = results.with(1, { ...results[1], weights: "others" });
    await rejects(auditAssessments(design, retrained), /were put to different weights; delete/);
    const one = { ...design, assessments: design.assessments.slice(0, 4) };
    await rejects(auditAssessments(one, results.slice(0, 4)), /found augmented alone/);

    const folder = join(resultsFolder(design), "assessments");
    const [{ name }] = await Array.fromAsync(Deno.readDir(folder));
    await Deno.writeTextFile(join(folder, name), "{");
    await assess(design, { progress });
    strictEqual(last, "1/1", "a damaged result is computed again");
  } finally {
    await forget(design);
  }
});

Deno.test("detection and invariance: measures of every backbone, and what pictures are drawn from", async () => {
  const boxes = small(detection("smoke"), ["detection"]);
  const factors = small(invariances("smoke"), ["invariance"]);
  try {
    const found = await assess(boxes);
    ok(observations(found).some(({ measure, value }) => measure === "AP" && value >= 0));
    const { test, images, rows } = await shownDetections(boxes, found);
    deepStrictEqual(rows.map(({ name }) => name), ["augmented", "semantic"]);
    ok(rows.every(({ objects }) => objects.length === images.length) && test.boxes);

    const rowsOf = observations(await assess(factors));
    const value = (subject: string, measure: string) =>
      rowsOf.find((row) => row.subject === subject && row.measure === measure)?.value;
    for (const factor of ["concept", "background", "texture", "light", "artist"]) {
      for (const measure of ["explained variance", "probe", "shared by neighbours"]) {
        ok(Number.isFinite(value(factor, measure)), `${factor}, ${measure}`);
      }
    }
    ok(Number.isFinite(value("background of another class", "consistency")));
    ok(Number.isFinite(value("rotation 5", "invariance")));
    ok(value("geometry", "effective rank")! >= 1);
    const { indices, arms } = await shownFeatures(factors, { classes: 2, perClass: 3 });
    strictEqual(indices.length, 6);
    ok(arms.every(({ features }) => features.labels.length === 6));
  } finally {
    await forget(boxes);
  }
});

Deno.test("kept weights that are damaged are reported, and the backbone is pretrained again", async () => {
  const design = small(transfer("smoke"), ["transfer"]);
  const cell = { ...design.cells[1], seed: 79 };
  const path = join(runFolder(await inputsOf(cell)), "backbone.safetensors");
  try {
    const { hash } = await keptBackbone(cell);
    await Deno.writeFile(path, (await Deno.readFile(path)).subarray(0, 100));
    const warnings: string[] = [];
    const again = await keptBackbone(cell, {}, (message) => void warnings.push(message));
    strictEqual(again.hash, hash, "the same weights to the bit");
    ok(/is damaged, the backbone is pretrained again/.test(warnings.join()));
  } finally {
    await Deno.remove(runFolder(await inputsOf(cell)), { recursive: true });
  }
});

async function forget(design: Assessments): Promise<void> {
  await Deno.remove(join(resultsFolder(design), ".."), { recursive: true });
  for (const cell of design.cells.slice(1)) {
    await Deno.remove(runFolder(await inputsOf(cell)), { recursive: true });
  }
}
