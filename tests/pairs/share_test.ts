import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { prng } from "../../lib/base/prng.ts";
import { mixed, shareOut } from "../../lib/pairs/share.ts";

const sum = (counts: Iterable<number>) => [...counts].reduce((a, b) => a + b, 0);

Deno.test("shareOut: the total is met, a larger one takes no fewer of any, all takes all", () => {
  for (let seed = 0; seed < 200; seed++) {
    const random = prng(seed), atOnce = 1 + seed % 2;
    const sizes = new Map(
      Array.from({ length: 1 + random.int(12) }, (_, group) => [group, 2 + random.int(30)]),
    );
    const all = sum(sizes.values());
    let before = new Map(sizes.keys().map((group) => [group, 0]));
    for (let total = 0; total <= all; total++) {
      const counts = shareOut(sizes, total, { atOnce, random });
      const given = sum(counts.values());
      ok(given <= total && given > total - atOnce, `${given} of ${total}`);
      for (const [group, count] of counts) {
        ok(count >= before.get(group)! && count <= sizes.get(group)!);
        ok(count === 0 || count >= atOnce);
      }
      before = counts;
    }
    deepStrictEqual(before, sizes);
  }
});

Deno.test("shareOut: groups of one size give as nearly the same as can be", () => {
  const sizes = new Map(Array.from({ length: 7 }, (_, group) => [group, 20]));
  for (let total = 0; total <= 140; total++) {
    const counts = [...shareOut(sizes, total, { atOnce: 1, random: prng(1) }).values()];
    ok(Math.max(...counts) - Math.min(...counts) <= 1, `${total}: ${counts}`);
  }
});

Deno.test("shareOut: large and small groups give in proportion, over many draws", () => {
  const sizes = new Map([[0, 2], [1, 10], [2, 40], [3, 3]]);
  const mean = [0, 0, 0, 0], draws = 2000;
  for (let seed = 0; seed < draws; seed++) {
    const counts = shareOut(sizes, 11, { atOnce: 2, random: prng(seed) });
    counts.forEach((count, group) => mean[group] += count / draws);
  }
  [0.4, 2, 8, 0.6].forEach((expected, group) =>
    ok(Math.abs(mean[group] - expected) < 0.15, `${mean}`)
  );
});

Deno.test("mixed: every beginning has each key as often as any other that is left", () => {
  const places = Array.from({ length: 30 }, (_, i) => i), keyOf = (place: number) => place % 3;
  const order = mixed(places, keyOf, prng(1));
  deepStrictEqual(order.toSorted((a, b) => a - b), places);
  for (let end = 1; end <= 30; end++) {
    const counts = [0, 1, 2].map((key) =>
      order.slice(0, end).filter((p) => keyOf(p) === key).length
    );
    ok(Math.max(...counts) - Math.min(...counts) <= 1, `${counts}`);
  }
  strictEqual(new Set([1, 2, 3, 4].map((seed) => mixed(places, keyOf, prng(seed)).join())).size, 4);
});
