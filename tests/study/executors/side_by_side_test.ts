import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { join } from "@std/path";
import { assess } from "../../../lib/study/assess.ts";
import { audit, auditAssessments } from "../../../lib/study/audit.ts";
import { runFolder } from "../../../lib/study/run_folder.ts";
import type { Cell } from "../../../lib/study/cell.ts";
import { type Design, perMethodGains, withLength } from "../../../lib/study/design.ts";
import { carryOut, workersFor } from "../../../lib/study/executors/carry_out.ts";
import { inputsOf } from "../../../lib/study/material.ts";
import { transfer } from "../../../lib/study/questions.ts";
import { run } from "../../../lib/study/run.ts";
import { load } from "../../../lib/study/store.ts";
import type { Tried } from "../../../lib/study/trial.ts";

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
      message: /^1 of 3 failed: SimCLR, semantic pairs, seed 83: .*loss/,
    });
    const names = await Array.fromAsync(
      Deno.readDir(join(design.folder!, "runs")),
      ({ name }) => name,
    );
    strictEqual(names.filter((name) => name.endsWith(".json")).length, 2);
    strictEqual(names.filter((name) => name.endsWith(".failed")).length, 1, "and why it failed");
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

Deno.test("side by side: a run that is stopped leaves a checkpoint", () => {
  const [, augmented] = cellsOf(86), long = withLength(augmented, 2000);
  return withDesign([long], async (design) => {
    const stop = new AbortController();
    const progress = (_done: number, _total: number, note = "") => {
      if (/pretraining [1-9]/.test(note)) stop.abort(new Error("stopped"));
    };
    const order = { directory: join(design.folder!, "runs"), name: "long", run: long };
    await rejects(carryOut([order], { workers: 2, progress, signal: stop.signal }), /stopped/);
    const folder = join(runFolder(await inputsOf(long)), "checkpoints");
    const kept = async () => {
      const files = await Array.fromAsync(Deno.readDir(folder)).catch(() => []);
      return files.some(({ name }) => name.endsWith(".safetensors"));
    };
    for (let tries = 0; !await kept() && tries < 100; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 100)); // the process is at it
    }
    ok(await kept());
  });
});

Deno.test("a trial: how good a setting is, stored; a rate that fails is the worst, not an error", () => {
  const [, cell] = cellsOf(0), { training } = cell;
  const wild = { ...training, optimizer: { ...training.optimizer, learningRate: 1e30 } };
  const tried = [cell, { ...cell, training: wild }];
  return withDesign(tried, async ({ folder: directory = "" }) => {
    await carryOut(tried.map((trial) => ({ directory, name: "trial", trial })), { workers: 1 });
    const [good, failed] = await Promise.all(
      tried.map(async (cell) => await load<Tried>(directory, await inputsOf(cell))),
    );
    ok(good!.validation > 0 && good!.loss! > 0);
    deepStrictEqual([failed!.validation, failed!.loss], [0, null]);
  });
});

Deno.test("small networks share the cores, large ones have them all, few are not worth a process", async () => {
  const small = cellsOf(1), many = [...small, ...small];
  const most = await workersFor(many);
  ok(most >= 1 && most <= navigator.hardwareConcurrency && most <= 3);
  strictEqual(await workersFor(small), 1);
  const large = perMethodGains("imagenet").cells.slice(0, 8);
  strictEqual(await workersFor(large), 1);
});
