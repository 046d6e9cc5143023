import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { join } from "@std/path";
import { perMethodGains } from "../../lib/study/design.ts";
import { accuracies } from "../../lib/study/rows.ts";
import { gains } from "../../lib/study/gains.ts";
import { soFar } from "../../lib/study/so_far.ts";
import { save } from "../../lib/study/store.ts";
import { studyVersion } from "../../lib/study/material.ts";
import { inventedRuns } from "./runs.ts";

const inFolder = async (test: (folder: string) => Promise<void>) => {
  const folder = await Deno.makeTempDir();
  await test(folder).finally(() => Deno.remove(folder, { recursive: true }));
};
const { cells, ...smoke } = perMethodGains("smoke");
const runs = inventedRuns({ ...smoke, cells }, () => 0.25).map((run) => (
  { ...run, inputs: { ...run.inputs, version: studyVersion } }
));
const ofSeed = (seed: number) => runs.filter(({ inputs }) => inputs.cell.seed === seed);

Deno.test("of a design that is not done, the pairs of arms that are, in order, and the floor", () =>
  inFolder(async (folder) => {
    const design = { ...smoke, cells, folder };
    deepStrictEqual(await soFar(design), { runs: [], needed: cells.length });
    const [floor, ...trained] = ofSeed(1);
    const done = [...trained.slice(0, 2), trained[2]]; // a pair, and an arm without its other
    for (const run of done.toReversed()) await save(join(folder, "runs"), run);
    await save(join(folder, "runs"), floor);
    const { runs: found, needed } = await soFar(design);
    deepStrictEqual(found, [floor, ...trained.slice(0, 2)]);
    strictEqual(needed, cells.length);
    const [{ n, method }] = gains(accuracies(found));
    deepStrictEqual([n, method], [1, accuracies(trained.slice(0, 1))[0].method]);
  }));

Deno.test("runs of other designs and of earlier code do not count; a damaged one is named", () =>
  inFolder(async (folder) => {
    const directory = join(folder, "runs"), [floor, ...trained] = ofSeed(1);
    const earlier = { ...floor, inputs: { ...floor.inputs, version: studyVersion - 1 } };
    for (const run of [earlier, ...trained.slice(0, 2), ...ofSeed(2)]) await save(directory, run);
    await Deno.writeTextFile(join(directory, "torn.json"), '{"inputs": {');
    const said: string[] = [];
    const design = { ...smoke, folder, cells: cells.filter(({ seed }) => seed === 1) };
    const { runs: found } = await soFar(design, (message) => said.push(message));
    deepStrictEqual(found, trained.slice(0, 2));
    strictEqual(said.length, 1);
    match(said[0], /torn\.json is damaged/);
  }));
