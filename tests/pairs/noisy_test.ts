import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { prng } from "../../lib/base/prng.ts";
import { match } from "../../lib/pairs/match.ts";
import { noisy } from "../../lib/pairs/noisy.ts";
import { type PairList, pairListHash } from "../../lib/pairs/pair_list.ts";
import { pairKind } from "../../lib/pairs/relation.ts";
import type { Dataset } from "../../lib/datasets/dataset.ts";
import { epochs, sameExposure, tally } from "./exposure.ts";
import { toyDataset, toyOfSeveral } from "./toy_dataset.ts";

const falsePlaces = (
  data: Dataset,
  { anchors, partners }: Pick<PairList, "anchors" | "partners">,
) => [...anchors.keys()].filter((k) => pairKind(data, anchors[k], partners[k]) === "false");

/** Random data in which no class has more than half of the pairs. */
function anyCase(seed: number) {
  const random = prng(`noisy case ${seed}`), rounds = 1 + random.int(3);
  const sizes = Array.from({ length: 2 + random.int(6) }, () => 3 + random.int(12));
  const pairsPerClass = 2 + random.int(25);
  const options = { imagesPerClass: "all", pairsPerClass, seed, rounds } as const;
  return { data: toyDataset(sizes), options };
}

Deno.test("noisy: the rate is exact, the exposure the same, other pairs are left alone", () => {
  for (let seed = 0; seed < 150; seed++) {
    const { data, options } = anyCase(seed), rate = seed % 10 === 0 ? 1 : prng(seed).next();
    const { augmented, noisy: list, report } = noisy(data, { ...options, rate });
    sameExposure(augmented, list);
    const { semantic } = match(data, options), places = new Set(falsePlaces(data, list));
    list.partners.forEach((partner, k) => {
      if (!places.has(k)) strictEqual(partner, semantic.partners[k]);
    });
    for (const epoch of epochs(list)) {
      const found = falsePlaces(data, epoch).length, asked = rate * list.perEpoch;
      ok(Math.abs(found - asked) <= 1.5, `${found} of ${asked}`);
    }
    strictEqual(report.kinds[1].false, places.size);
    strictEqual(report.kinds[1].semantic, list.anchors.length - places.size);
  }
});

Deno.test("noisy: 0 is the semantic arm, bit by bit apart from the kind", () => {
  const { data, options } = anyCase(1);
  const { noisy: list } = noisy(data, { ...options, rate: 0 });
  strictEqual(
    pairListHash({ ...list, kind: "semantic" }),
    pairListHash(match(data, options).semantic),
  );
});

Deno.test("noisy: what is false at a rate is false at a higher one, each class as often", () => {
  const data = toyDataset(Array(5).fill(20));
  let before: number[] = [];
  for (const rate of [0.02, 0.1, 0.25, 0.5, 0.51, 0.9, 1]) {
    const { noisy: list } = noisy(data, { seed: 3, rate });
    const now = falsePlaces(data, list);
    strictEqual(now.length, Math.round(100 * rate));
    ok(before.every((place) => now.includes(place)));
    const ofClass = [...tally(now.map((k) => data.label(list.anchors[k]))).values()];
    ok(Math.max(...ofClass) - Math.min(...ofClass) <= 1, `${ofClass}`);
    before = now;
  }
});

Deno.test("noisy: one pair alone cannot be false, so two are", () => {
  const { report } = noisy(toyDataset([10, 10]), { seed: 1, rate: 0.05, rounds: 3 });
  strictEqual(report.kinds[1].false, 6);
});

Deno.test("noisy: two equal classes can be all false, with any partner of the other", () => {
  const met = new Map<number, number>();
  for (let seed = 0; seed < 1200; seed++) {
    const { noisy: list } = noisy(toyDataset([4, 4]), { seed, rate: 1 });
    const partner = list.partners[list.anchors.indexOf(0)];
    met.set(partner, (met.get(partner) ?? 0) + 1);
  }
  deepStrictEqual([...met.keys()].sort(), [4, 5, 6, 7]);
  for (const times of met.values()) ok(times > 240 && times < 360, `${[...met]}`); // of 300
});

Deno.test("noisy: where images have several classes, a false pair shares none of them", () => {
  for (let seed = 0; seed < 60; seed++) {
    const random = prng(`several ${seed}`);
    const labels = Array.from(
      { length: 60 },
      () => random.shuffle([0, 1, 2, 3, 4, 5, 6]).slice(0, 2),
    );
    const data = toyOfSeveral(labels);
    const { augmented, noisy: list } = noisy(data, { seed, rate: 0.4, rounds: 2 });
    sameExposure(augmented, list);
    strictEqual(falsePlaces(data, list).length, 48);
  }
});

Deno.test("noisy: where there is nobody of another class, that is said", () => {
  const message = /^false pairs at a rate of 0.5 cannot be made of toys: no class may have more/;
  throws(() => noisy(toyDataset([8]), { seed: 1, rate: 0.5 }), { name: "Problem", message });
  throws(() => noisy(toyDataset([20, 4, 5]), { seed: 1, rate: 0.5 }), { name: "Problem", message });
  const even = { imagesPerClass: "all", pairsPerClass: 6 } as const; // as the message advises
  strictEqual(
    noisy(toyDataset([20, 4, 5]), { seed: 1, rate: 0.5, ...even }).report.kinds[1].false,
    9,
  );
  throws(() => noisy(toyDataset([8, 8]), { seed: 1, rate: 2 }), /rate is 2: give a number from 0/);
});
