import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { prng } from "../../lib/base/prng.ts";
import type { Dataset } from "../../lib/datasets/dataset.ts";
import { factorTable } from "../../lib/pairs/factor_table.ts";
import { hybrid } from "../../lib/pairs/hybrid.ts";
import { match } from "../../lib/pairs/match.ts";
import { toyDataset } from "./toy_dataset.ts";

const close = (a: number, b: number, by = 1e-3) => ok(Math.abs(a - b) < by, `${a}, not ${b}`);

Deno.test("factorTable: an augmented pair varies nothing, a semantic one as chance has it", () => {
  const data = toyDataset([40, 40], { artists: 4 });
  const [same, other, ...more] = factorTable(data, match(data, { seed: 1 }));
  strictEqual(more.length, 0);
  deepStrictEqual([same.factor, same.arm, same.pairs], ["artist", "augmented", 80]);
  strictEqual(same.shared, 1);
  close(same.low, 0.9542); // scipy: binomtest(80, 80).proportion_ci(method="wilson")
  close(same.high, 1);
  close(same.chance, 9 / 39); // nine others of an image's class are by its artist
  ok(other.low < 9 / 39 && 9 / 39 < other.high && other.arm === "semantic");
});

Deno.test("factorTable: differ, shares and arms of any kind", () => {
  const data = toyDataset([8, 12], { artists: 2 });
  const arms = match(data, { seed: 1, differ: ["artist"] });
  const [, semantic] = factorTable(data, arms);
  deepStrictEqual(semantic.shared, 0);
  close(semantic.low, 0);
  close(semantic.high, 0.1611); // binomtest(0, 20)
  const half = hybrid(data, { seed: 1, share: 0.5, differ: ["artist"] });
  const rows = factorTable(data, { ...half, semantic: arms.semantic });
  deepStrictEqual(rows.map(({ arm }) => arm), ["augmented", "hybrid", "semantic"]);
  strictEqual(rows[1].shared, 0.5);
  close(rows[1].low, 0.2993); // binomtest(10, 20)
});

Deno.test("factorTable: numbers are compared in fifths, few values as they are", () => {
  const light = Array.from({ length: 600 }, (_, i) => prng(i).normal());
  const data: Dataset = {
    ...toyDataset([300, 300]),
    factors: (i) => ({ light: light[i], clutter: i % 3 }),
  };
  const rows = factorTable(data, match(data, { seed: 1 }));
  deepStrictEqual(rows.map(({ factor }) => factor), [
    ...["light, in fifths", "light, in fifths", "clutter", "clutter"],
  ]);
  close(rows[0].chance, 0.2, 0.01);
  ok(rows[1].low < 0.2 && rows[1].high > 0.2);
  close(rows[2].chance, 99 / 299);
});

Deno.test("factorTable: no factors, no rows; no chance where no class has two images", () => {
  const { factors: _, ...unknown } = toyDataset([4, 4]);
  deepStrictEqual(factorTable(unknown, match(unknown, { seed: 1 })), []);
  const single = toyDataset([1, 1]);
  const list = { ...match(toyDataset([2, 2]), { seed: 1 }).augmented, perEpoch: 2 };
  const anchors = Int32Array.of(0, 1);
  const [row] = factorTable(single, { one: { ...list, anchors, partners: anchors } });
  deepStrictEqual([row.shared, row.chance], [1, NaN]);
});
