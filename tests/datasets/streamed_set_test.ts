/** An imported set gives the same views whether it is held in memory or streamed from its files. */
import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { join } from "@std/path";
import { prng } from "../../lib/base/prng.ts";
import type { Dataset } from "../../lib/datasets/dataset.ts";
import { importSet, load } from "../../lib/datasets/library.ts";
import { dispose, liveTensors } from "../../lib/engine/mod.ts";
import { match } from "../../lib/pairs/match.ts";
import { fit } from "../../lib/training/fit.ts";
import { plain, simclr } from "../../lib/views/policy.ts";
import { makeViews } from "../../lib/views/views.ts";
import { type Files, noise, withLibrary } from "./photographs.ts";

/** Square JPEG files of 64 px, two of them stored as something else. */
async function squares(perClass: number): Promise<Files> {
  const files: Files = {};
  for (const name of ["cat", "dog"]) {
    for (let k = 0; k < perClass; k++) {
      const format = k === 1 ? "png" : "jpeg";
      const bytes = await noise(prng(`${name} ${k}`).int(2 ** 20), format, 64, 64);
      files[`${name}/${k}.${format === "png" ? "png" : "jpg"}`] = bytes;
    }
  }
  return files;
}

async function viewsOf(dataset: Dataset, policy = simclr(32)): Promise<Float32Array> {
  const indices = Array.from({ length: dataset.length }, (_, i) => i);
  const batch = await makeViews(policy)(dataset, indices, prng(1).fork("anchor"));
  const values = await batch.data<"float32">();
  batch.dispose();
  return values.slice();
}

/** The mean difference of two batches of views, in units of a byte's range. */
function difference(a: Float32Array, b: Float32Array): number {
  strictEqual(a.length, b.length);
  return 255 * 0.225 * a.reduce((sum, value, i) => sum + Math.abs(value - b[i]), 0) / a.length;
}

Deno.test("views of a set are the same, held or streamed, square or whole", async () => {
  await withLibrary(await squares(6), async (folder, name) => {
    await importSet(name, [folder]);
    const held = await load(name, { size: 64 });
    const streamed = await load(name, { size: 64, memory: 0 });
    const whole = await load(name, { size: 64, frame: "whole" });
    ok(!held.stream && streamed.stream && whole.stream);
    for (const policy of [simclr(32), plain(32), simclr(56)]) {
      const views = await viewsOf(held, policy);
      for (const other of [streamed, whole]) {
        const away = difference(views, await viewsOf(other, policy));
        ok(away < 0.5, `${policy.size} px: ${away} of 255`); // another seed's views are 40 away
      }
    }
  });
});

Deno.test("a run on a streamed set trains as one on a held set does", async () => {
  await withLibrary(await squares(8), async (folder, name) => {
    await importSet(name, [folder]);
    const losses: number[][] = [];
    const before = liveTensors();
    for (const memory of [undefined, 0]) {
      const dataset = await load(name, { size: 64, memory });
      const { semantic } = match(dataset, { seed: 1, rounds: 2 });
      const { backbone, heads, curve } = await fit({
        ...{
          dataset,
          pairs: semantic,
          seed: 1,
          method: { name: "simclr", options: { hidden: 16 } },
        },
        backbone: {
          architecture: "resnet",
          block: "basic",
          blocks: [1],
          width: 8,
          stem: "strided",
        },
        training: {
          ...{ epochs: 2, batchSize: 8, warmupEpochs: 0, precision: "fp32", views: simclr(32) },
          optimizer: { name: "sgd", learningRate: 0.001, momentum: 0.9, weightDecay: 0 },
        },
      });
      dispose(backbone, heads);
      losses.push(curve.map(({ loss }) => loss));
    }
    deepStrictEqual(liveTensors(), before);
    const [held, streamed] = losses;
    strictEqual(held.length, 4);
    held.forEach((loss, i) => ok(Math.abs(loss - streamed[i]) < 0.05, `${held} | ${streamed}`));
  });
});

Deno.test("a streamed file that breaks after the import is named, and the next batch is whole", async () => {
  await withLibrary(await squares(3), async (folder, name) => {
    await importSet(name, [folder]);
    const streamed = await load(name, { size: 64, memory: 0 });
    const path = join(folder, "dog", "2.jpg"), bytes = await Deno.readFile(path);
    const whole = await viewsOf(streamed), before = liveTensors();
    await Deno.writeFile(path, bytes.slice(0, 300));
    await rejects(viewsOf(streamed), /dog\/2\.jpg .*not what was imported/);
    deepStrictEqual(liveTensors(), before);
    await Deno.writeFile(path, bytes);
    deepStrictEqual(await viewsOf(streamed), whole);
  });
});
