import { deepStrictEqual, ok } from "node:assert/strict";
import { prng } from "../../lib/base/prng.ts";
import { drawLabels, homeLabels } from "../../lib/pairs/label_groups.ts";
import { tally } from "./exposure.ts";
import { randomLabels } from "./toy_dataset.ts";

/** Every label has none of the images or several, each its own. */
function inCompany(labels: number[][], under: Int32Array, what: string) {
  under.forEach((label, i) => ok(label === -1 || labels[i].includes(label), what));
  for (const [label, size] of tally(under)) ok(label === -1 || size > 1, `${what}: ${under}`);
}

/** The most images that have a place in any division into companies, by trying all. */
function mostPlaced(labels: number[][], under: number[] = []): number {
  const i = under.length;
  if (i === labels.length) {
    const sizes = tally(under);
    const alone = [...sizes].some(([label, size]) => label >= 0 && size === 1);
    return alone ? 0 : labels.length - (sizes.get(-1) ?? 0);
  }
  return Math.max(...[-1, ...labels[i]].map((label) => mostPlaced(labels, [...under, label])));
}

Deno.test("homeLabels: nobody is alone; on small sets nearly always as many as possible", () => {
  let placed = 0, most = 0;
  for (let seed = 0; seed < 300; seed++) {
    const random = prng(seed), labels = randomLabels(7, 3 + random.int(5), random);
    const home = homeLabels(labels);
    inCompany(labels, home, `seed ${seed}`);
    placed += home.filter((label) => label >= 0).length;
    most += mostPlaced(labels);
  }
  ok(placed > 0.985 * most, `${placed} of ${most}`);
});

Deno.test("homeLabels: what is alone joins, is joined, or stays out", () => {
  deepStrictEqual([...homeLabels([[0], [0, 1], [1, 2], [2]])], [0, 0, 2, 2]);
  deepStrictEqual([...homeLabels([[0], [0], [0, 1], [1]])], [0, 0, 1, 1]); // one can be spared
  deepStrictEqual([...homeLabels([[0], [0, 1], [1]])], [0, 0, -1]); // none can
  deepStrictEqual([...homeLabels([[0], [], [1]])], [-1, -1, -1]);
});

Deno.test("drawLabels: nobody is alone in any round, also where labels are rare", () => {
  for (let seed = 0; seed < 300; seed++) {
    const random = prng(seed), all = randomLabels(2 + random.int(60), 2 + random.int(40), random);
    const home = homeLabels(all);
    const labels = all.filter((_, i) => home[i] >= 0), homes = [...home].filter((l) => l >= 0);
    inCompany(labels, drawLabels(labels, homes, random), `seed ${seed}`);
  }
});

Deno.test("drawLabels: an image stands under each of its labels about as often", () => {
  const labels = Array.from({ length: 40 }, (_, i) => [i % 2, 2 + i % 3]);
  const homes = [...homeLabels(labels)], random = prng(1);
  const times = tally(Array.from({ length: 1000 }, () => drawLabels(labels, homes, random)[0]));
  ok(times.size === 2 && times.get(0)! > 400 && times.get(0)! < 600, `${[...times]}`);
});
