import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { keyOf } from "../../lib/base/hash.ts";
import { methods } from "../../lib/methods/index.ts";
import { everyMethod, mixtures, perMethodGains } from "../../lib/study/design.ts";
import { ownData, ownImages } from "../../lib/study/own_images.ts";
import { settingOf } from "../../lib/study/settings.ts";
import { profileOf } from "../../lib/study/profiles.ts";
import { resultsFolder } from "../../lib/study/store.ts";
import { choose, chosenFor, trialsOf } from "../../lib/study/tuning.ts";

Deno.test("per-method gains: both arms of every method and seed differ in the arm alone", () => {
  for (const profile of ["smoke", "desk"]) {
    const { cells } = perMethodGains(profile);
    strictEqual(new Set(cells.map(keyOf)).size, cells.length); // no cell twice
    const trained = cells.filter(({ arm }) => arm !== "untrained");
    const groups = Map.groupBy(trained, (cell) => keyOf({ ...cell, arm: null })).values();
    for (const group of groups) {
      deepStrictEqual(group.map(({ arm }) => arm), ["augmented", "semantic"]);
    }
    const floors = cells.filter(({ arm }) => arm === "untrained");
    deepStrictEqual(floors.map(({ seed }) => seed), [...new Set(cells.map(({ seed }) => seed))]);
  }
});

Deno.test("every method: all that train, in both arms with every seed, and the untrained floor", () => {
  const { cells: all } = everyMethod("desk");
  strictEqual(new Set(all.map(keyOf)).size, all.length);
  const cells = all.filter(({ seed }) => seed === 2);
  strictEqual(all.length, 3 * cells.length);
  const trained = Object.keys(methods).filter((name) => methods[name].loss);
  const expected = trained.flatMap((name) => [`${name} augmented`, `${name} semantic`]);
  const found = cells.map(({ method, arm }) => `${method.name} ${arm}`);
  deepStrictEqual(found, ["random untrained", ...expected]);
});

Deno.test("mixtures: every arm of every seed, the pure ones as they are in the other figures", () => {
  const known = new Set(everyMethod("desk").cells.map(keyOf));
  const few = mixtures("desk").cells, all = mixtures("desk", { methods: "all" }).cells;
  const armsOf = (cells: typeof few) =>
    [...Map.groupBy(cells, ({ method, seed }) => `${method.name} ${seed}`)]
      .filter(([name]) => !name.startsWith("random"))
      .map(([name, of]) => [name, of.map(({ arm }) => arm).join()]);
  const between = ["hybrid 0.25", "hybrid 0.5", "hybrid 0.75"];
  const later = between.map((arm) => arm.replace("hybrid", "curriculum"));
  const noisy = ["noisy 0.1", "noisy 0.25", "noisy 0.5"];
  const every = ["augmented", ...between, ...later, "both", "semantic", ...noisy];
  deepStrictEqual(
    armsOf(few),
    [1, 2, 3].map((seed) => [
      ...[
        `simclr ${seed}`,
        "augmented,hybrid 0.5,semantic,noisy 0.5",
      ],
    ]),
  );
  deepStrictEqual(new Set(armsOf(all).map(([, arms]) => arms)), new Set([every.join()]));
  strictEqual(armsOf(all).length, 3);
  const pure = all.filter(({ arm }) => ["augmented", "semantic", "untrained"].includes(arm));
  ok(pure.every((cell) => known.has(keyOf(cell))));
});

Deno.test("a cell is plain JSON and holds every option of its method", () => {
  const { cells } = perMethodGains("desk");
  for (const cell of cells) {
    deepStrictEqual(JSON.parse(JSON.stringify(cell)), cell);
    const { name, options } = cell.method;
    deepStrictEqual(Object.keys(options), Object.keys(methods[name].defaults));
  }
});

Deno.test("desk has three paired seeds or more, and every epoch partners of its own", () => {
  const { cells, conclusive } = perMethodGains("desk");
  ok(conclusive);
  ok(new Set(cells.map(({ seed }) => seed)).size >= 3);
  ok(cells.every(({ pairing, training }) => pairing.rounds === training.epochs));
  for (const { data, pairing, training } of cells) {
    ok(data.source === "emoji scenes");
    strictEqual(data.options.scenes, pairing.pairsPerClass);
    const perEpoch = data.options.concepts * data.options.scenes;
    strictEqual(perEpoch % training.batchSize, 0); // else some images would be seen less often
  }
});

Deno.test("desk runs with the setting that tuning chose, on data that tuning has not seen", async () => {
  const design = everyMethod("desk");
  const trials = await trialsOf(design);
  strictEqual(trials.length, 1 + 12 * 2 * 4 + 2 * 2 * 2 * 4); // untrained; weak views; the other two
  const { views, methods: chosen } = choose(trials);
  for (const { arm, method, training, data } of design.cells) {
    ok(data.source === "emoji scenes" && data.options.seed !== 1);
    deepStrictEqual(training.views, profileOf("desk").tuning.views[views](data.options.size));
    if (arm === "untrained") continue;
    const { learningRate } = chosen.find((choice) => choice.method === method.name)!;
    strictEqual(training.optimizer.learningRate, learningRate);
  }
});

Deno.test("photos runs with the rates that tuning chose", async () => {
  const design = perMethodGains("photos");
  const { methods, tuning: { learningRates } } = profileOf("photos");
  const trials = await trialsOf(design);
  strictEqual(trials.length, 1 + methods.length * 2 * learningRates.length); // and the untrained one
  for (const { method, learningRate } of chosenFor(design, trials).methods) {
    strictEqual(settingOf("photos", method, 40).optimizer.learningRate, learningRate, method);
  }
});

Deno.test("smoke keeps out of the checkout's results", () => {
  ok(!perMethodGains("smoke").conclusive);
  ok(!resultsFolder(perMethodGains("smoke")).includes(resultsFolder(perMethodGains("desk"))));
});

Deno.test("a profile that does not exist is named", () => {
  throws(() => perMethodGains("dsek"), { message: /no profile "dsek": choose one of smoke, desk/ });
});

Deno.test("photos and imagenet are imported sets, in batches that their classes can fill", () => {
  for (const profile of ["photos", "imagenet"]) {
    const { cells, conclusive } = perMethodGains(profile);
    ok(conclusive);
    for (const { data, training, pairing } of cells) {
      ok(data.source === "images");
      strictEqual(pairing.rounds, training.epochs);
      ok(training.composition === "random" || 60 - data.heldOutClasses >= training.batchSize);
    }
  }
});

Deno.test("images of one's own: as many steps as asked for, each seed with a split of its own", () => {
  const data = ownData("mine", 64), methods = ["simclr", "byol"];
  const own = { data, methods, seeds: 3, folder: "/r" };
  for (const [pairs, steps] of [[4, 50], [61, 50], [120, 600], [5001, 600], [100_000, 600]]) {
    const { cells, conclusive, ...design } = ownImages({ ...own, pairs, steps });
    ok(conclusive);
    strictEqual(resultsFolder({ ...design, conclusive }), "/r");
    strictEqual(cells.length, 3 * 5);
    for (const { data, seed, training: { epochs, batchSize }, pairing } of cells) {
      strictEqual(data.source === "images" && data.seed, seed);
      const perEpoch = Math.floor(pairs / batchSize);
      ok(batchSize <= 60 && epochs * perEpoch >= steps && epochs >= 2);
      ok(pairs - perEpoch * batchSize < perEpoch); // hardly an image is left out of an epoch
      strictEqual(pairing.rounds, epochs);
    }
  }
  throws(() => ownImages({ ...own, pairs: 200, steps: 9, methods: ["simclr", "random"] }), {
    message: /no method "random" that trains: choose of simclr/,
  });
});
