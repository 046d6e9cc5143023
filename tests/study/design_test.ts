import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { keyOf } from "../../lib/base/hash.ts";
import { methods } from "../../lib/methods/index.ts";
import { everyMethod, perMethodGains } from "../../lib/study/design.ts";
import { resultsFolder } from "../../lib/study/store.ts";
import { choose, policies, trialsOf } from "../../lib/study/tuning.ts";

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

Deno.test("every method: all that train, once in each arm, and the untrained floor", () => {
  const { cells } = everyMethod("desk");
  const trained = Object.keys(methods).filter((name) => methods[name].loss);
  const expected = trained.flatMap((name) => [`${name} augmented`, `${name} semantic`]);
  const found = cells.map(({ method, arm }) => `${method.name} ${arm}`);
  deepStrictEqual(found, ["random untrained", ...expected]);
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
  ok(cells.every(({ data, pairing }) => data.options.scenes === pairing.pairsPerClass));
  for (const { data, pairing, training } of cells) { // else some images would be seen less often
    strictEqual(data.options.concepts * pairing.pairsPerClass % training.batchSize, 0);
  }
});

Deno.test("desk runs with the setting that tuning chose, on data that tuning has not seen", async () => {
  const design = everyMethod("desk");
  const trials = await trialsOf(design);
  strictEqual(trials.length, 1 + 12 * 2 * 4 + 2 * 2 * 2 * 4); // untrained; weak views; the other two
  const { views, methods: chosen } = choose(trials);
  for (const { arm, method, training, data } of design.cells) {
    deepStrictEqual(training.views, policies[views as keyof typeof policies](data.options.size));
    ok(data.options.seed !== 1);
    if (arm === "untrained") continue;
    const { learningRate } = chosen.find((choice) => choice.method === method.name)!;
    strictEqual(training.optimizer.learningRate, learningRate);
  }
});

Deno.test("smoke keeps out of the checkout's results", () => {
  ok(!perMethodGains("smoke").conclusive);
  ok(!resultsFolder(perMethodGains("smoke")).includes(resultsFolder(perMethodGains("desk"))));
});

Deno.test("a profile that cannot run says why, in one line", () => {
  throws(() => perMethodGains("photos"), {
    name: "Problem",
    message: /Tiny-ImageNet.*--profile desk/,
  });
  throws(() => perMethodGains("imagenet"), { name: "Problem", message: /ImageNet-1K/ });
  throws(() => perMethodGains("dsek"), { message: /no profile "dsek": choose one of smoke, desk/ });
});
