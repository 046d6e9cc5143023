import { deepStrictEqual, notDeepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { Problem } from "../../lib/base/problem.ts";
import { liveTensors } from "../../lib/engine/mod.ts";
import { type Features, selectRows } from "../../lib/evaluation/features.ts";
import {
  drawEpisodes,
  type Episodes,
  fewShot,
  overEpisodes,
} from "../../lib/evaluation/few_shot.ts";
import { clusters } from "./clusters.ts";
import reference from "../vectors/few_shot.json" with { type: "json" };

const bank = clusters("bank", 300); // 42 or 43 images of each of seven classes

Deno.test("few-shot: accuracies and interval are ssl-transfer's", async () => {
  for (const { ways, episodes, accuracies, mean, half } of reference.cases) {
    const given = episodes.map(({ support, queries }) => ({
      ways,
      support: Int32Array.from(support),
      queries: Int32Array.from(queries),
    }));
    const before = liveTensors();
    const ours = await overEpisodes(bank, given);
    deepStrictEqual(liveTensors(), before);
    strictEqual(ours.n, accuracies.length);
    const error = Math.max(...accuracies.map((a, i) => Math.abs(a - ours.accuracies[i])));
    ok(error < 1e-12, `${error}`);
    const interval = [mean, mean - half, mean + half];
    const found = [ours.mean, ours.low, ours.high];
    ok(interval.every((x, i) => Math.abs(x - found[i]) < 1e-12), `${found}, not ${interval}`);
  }
});

Deno.test("few-shot: images of an episode are distinct and of its classes, class by class", () => {
  const episodes = drawEpisodes(bank.labels, { shots: 5, episodes: 50, seed: 1 });
  strictEqual(episodes.length, 50);
  for (const { ways, support, queries } of episodes) {
    deepStrictEqual([ways, support.length, queries.length], [5, 25, 75]);
    strictEqual(new Set([...support, ...queries]).size, 100);
    const classes = [0, 1, 2, 3, 4].map((way) => bank.labels[support[5 * way]]);
    strictEqual(new Set(classes).size, 5);
    support.forEach((row, i) => strictEqual(bank.labels[row], classes[Math.floor(i / 5)]));
    queries.forEach((row, i) => strictEqual(bank.labels[row], classes[Math.floor(i / 15)]));
  }
  const counts = new Int32Array(7);
  for (const { support } of episodes) counts[bank.labels[support[0]]]++;
  ok(Math.min(...counts) > 0, `first classes ${counts}`);
});

Deno.test("few-shot: episodes depend on labels and seed; any number of shots asks the same", () => {
  const draw = (options: Partial<Episodes> = {}) =>
    drawEpisodes(bank.labels, { shots: 5, episodes: 9, seed: 1, ...options });
  deepStrictEqual(draw(), draw());
  notDeepStrictEqual(draw(), draw({ seed: 2 }));
  const queries = (shots: number) => draw({ shots }).map(({ queries }) => queries);
  deepStrictEqual(queries(1), queries(10));
  deepStrictEqual(
    draw({ episodes: 12 }).slice(0, 9),
    draw(),
    "more episodes are the same and more",
  );
});

Deno.test("few-shot: 600 episodes of 5 classes by default, or of all", async () => {
  const five = await fewShot(bank, { shots: 5, seed: 1 });
  strictEqual(five.n, 600);
  ok(five.low < five.mean && five.mean < five.high);
  const all = await fewShot(bank, { ways: "all", shots: 5, seed: 1 });
  ok(all.high < five.low, "seven classes are harder to tell apart than five");
});

Deno.test("few-shot: the origin does not matter, and equal features are chance", async () => {
  const far = { ...bank, values: bank.values.map((v) => v / 100 + 1000) };
  const near = { ...bank, values: far.values.map((v) => v - 1000) };
  const options = { shots: 5, episodes: 20, seed: 1 };
  deepStrictEqual(await fewShot(far, options), await fewShot(near, options));
  const constant = { ...bank, values: bank.values.map(() => 0.3) };
  const { mean, low, high } = await fewShot(constant, options);
  deepStrictEqual([mean, low, high].map((x) => x.toFixed(6)), ["0.200000", "0.200000", "0.200000"]);
});

Deno.test("few-shot: a class without images takes no part", async () => {
  const rows = [...bank.labels.keys()].filter((i) => bank.labels[i] !== 3);
  const without = selectRows(bank, rows);
  for (const { support } of drawEpisodes(without.labels, { ways: "all", shots: 1, seed: 1 })) {
    strictEqual(support.length, 6);
  }
  await refuses({ ways: 7, shots: 1 }, /episodes of 7 classes cannot be drawn from 6/, without);
});

Deno.test("few-shot: what cannot be drawn or compared is a Problem that names it", async () => {
  const few = selectRows(bank, [...bank.labels.keys()].slice(0, 7 * 20 + 2)); // 21 of the first two
  await refuses({ shots: 6 }, /class 2 has 20 images, but an episode takes 6 shots and 15/, few);
  const names = ["ant", "bee", "cat", "dog", "elk", "fox", "gnu"];
  await refuses({ shots: 6, names }, /class "cat" has 20 images/, few);
  await refuses({ shots: 0 }, /shots is 0, it must be a whole number from 1/);
  await refuses({ shots: 1.5 }, /shots is 1.5/);
  await refuses({ shots: 1, queries: NaN }, /queries is NaN/);
  await refuses({ shots: 1, ways: 1 }, /episodes of 1 classes/);
  const broken = { ...bank, values: bank.values.with(8 * 17 + 3, NaN) };
  await refuses({ shots: 1 }, /feature 3 of image 17 is NaN/, broken);
  await refuses({ shots: 1 }, /image 5 has no label/, { ...bank, labels: bank.labels.with(5, -1) });
});

async function refuses(options: Partial<Episodes>, message: RegExp, features: Features = bank) {
  const run = async () => await fewShot(features, { shots: 1, episodes: 3, seed: 1, ...options });
  await rejects(run, (error: Error) => error instanceof Problem && message.test(error.message));
}
