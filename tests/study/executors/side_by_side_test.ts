import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { join } from "@std/path";
import { assess } from "../../../lib/study/assess.ts";
import { audit, auditAssessments } from "../../../lib/study/audit.ts";
import { runFolder } from "../../../lib/study/backbones.ts";
import type { Cell } from "../../../lib/study/cell.ts";
import { type Design, perMethodGains } from "../../../lib/study/design.ts";
import { workersFor } from "../../../lib/study/executors/side_by_side.ts";
import { inputsOf } from "../../../lib/study/material.ts";
import { transfer } from "../../../lib/study/questions.ts";
import { run } from "../../../lib/study/run.ts";

const smoke = perMethodGains("smoke");
const cellsOf = (seed: number) =>
  smoke.cells.filter(({ method, seed: of }) =>
    of === 1 && ["random", "simclr"].includes(method.name)
  )
    .map((cell) => ({ ...cell, seed }));

/** Calls the test with a design whose results lie in a folder of their own. */
async function withDesign(cells: Cell[], test: (design: Design) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test({ ...smoke, cells, folder });
  } finally {
    await Deno.remove(folder, { recursive: true });
    for (const cell of cells) {
      await Deno.remove(runFolder(await inputsOf(cell)), { recursive: true }).catch(() => {});
    }
  }
}

Deno.test("side by side: two processes compute what one does, and what is stored is loaded", () =>
  withDesign([...cellsOf(81), ...cellsOf(82)], async (design) => {
    const told: string[] = [];
    const progress = (done: number, total: number, note = "") =>
      told.push(`${done}/${total} ${note}`);
    const runs = await run(design, { workers: 2, progress });
    strictEqual((await audit(design, runs)).runs, 6);
    ok(told.some((line) => line.startsWith("6/6")), told.join("\n"));
    deepStrictEqual(await run(design, { workers: 2 }), runs);

    const question = transfer("smoke");
    const task = question.assessments.find(({ task }) => task.kind === "transfer")!.task;
    const assessments = design.cells.map((cell) => ({ cell, task }));
    const asked = { ...question, ...design, assessments };
    const results = await assess(asked, { workers: 2 });
    strictEqual((await auditAssessments(asked, results)).runs, 6);
  }));

Deno.test("side by side: a run that fails is named, the others are stored", () => {
  const [untrained, augmented, semantic] = cellsOf(83);
  const optimizer = { ...semantic.training.optimizer, learningRate: 1e30 };
  const wild = { ...semantic, training: { ...semantic.training, optimizer } };
  return withDesign([untrained, augmented, wild], async (design) => {
    await rejects(run(design, { workers: 2 }), {
      name: "Problem",
      message: /^1 of 3 runs failed: SimCLR, semantic pairs, seed 83: .*loss/,
    });
    const stored = await Array.fromAsync(Deno.readDir(join(design.folder!, "runs")));
    strictEqual(stored.length, 2);
  });
});

Deno.test("side by side: stopped, it keeps what is done", () =>
  withDesign([...cellsOf(84), ...cellsOf(85)], async (design) => {
    const stop = new AbortController();
    const progress = (done: number) => {
      if (done === 2) stop.abort(new Error("stopped"));
    };
    await rejects(run(design, { workers: 2, progress, signal: stop.signal }), /stopped/);
    const stored = await Array.fromAsync(Deno.readDir(join(design.folder!, "runs")));
    ok(stored.length >= 2 && stored.length < 6, `${stored.length}`);
  }));

Deno.test("small networks share the cores, large ones have them all, few are not worth a process", async () => {
  const small = cellsOf(1), many = [...small, ...small];
  const most = await workersFor(many);
  ok(most >= 1 && most <= navigator.hardwareConcurrency && most <= 3);
  strictEqual(await workersFor(small), 1);
  const large = perMethodGains("imagenet").cells.slice(0, 8);
  strictEqual(await workersFor(large), 1);
});
