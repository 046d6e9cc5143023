import * as assert from "node:assert/strict";
import { deepStrictEqual, notDeepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { Problem } from "../../lib/base/problem.ts";
import { prng } from "../../lib/base/prng.ts";
import { match } from "../../lib/pairs/match.ts";
import { pairListHash } from "../../lib/pairs/pair_list.ts";
import { permutation } from "../../lib/pairs/semantic.ts";
import { toyDataset } from "./toy_dataset.ts";

const sorted = (indices: Iterable<number>) => [...indices].sort((a, b) => a - b);

Deno.test("match: over many seeds and sizes both arms see the same, only the partner differs", () => {
  for (let seed = 0; seed < 60; seed++) {
    const random = prng(`case ${seed}`);
    const pairsPerClass = 2 + random.int(9);
    const sizes = Array.from({ length: 1 + random.int(6) }, () => pairsPerClass + random.int(5));
    const rounds = 1 + random.int(3);
    const data = toyDataset(sizes);
    const { augmented, semantic } = match(data, { pairsPerClass, seed, rounds });
    strictEqual(augmented.perEpoch, sizes.length * pairsPerClass);
    strictEqual(augmented.anchors.length, rounds * augmented.perEpoch);
    deepStrictEqual(augmented.anchors, semantic.anchors);
    deepStrictEqual(augmented.partners, augmented.anchors);
    for (let e = 0; e < rounds; e++) {
      const [from, to] = [e * semantic.perEpoch, (e + 1) * semantic.perEpoch];
      const anchors = semantic.anchors.subarray(from, to);
      const partners = semantic.partners.subarray(from, to);
      strictEqual(new Set(anchors).size, anchors.length); // every image is anchor once
      deepStrictEqual(sorted(partners), sorted(anchors)); // and partner once
      anchors.forEach((anchor, k) => {
        ok(anchor !== partners[k]);
        strictEqual(data.label(anchor), data.label(partners[k]));
      });
    }
  }
});

Deno.test("match: every partner differs in the named factor, also where it is tight", () => {
  for (let seed = 0; seed < 40; seed++) {
    const data = toyDataset([8, 8], { artists: 2 }); // half of each class shares an artist
    const { semantic } = match(data, { pairsPerClass: 8, seed, differ: ["artist"] });
    const artist = (i: number) => data.factors!(i).artist;
    semantic.anchors.forEach((i, k) => ok(artist(i) !== artist(semantic.partners[k])));
  }
});

Deno.test("match is a function of its seed, and rounds have partners of their own", () => {
  const data = toyDataset([20, 20]);
  const options = { pairsPerClass: 10, seed: 1, rounds: 2 };
  const [once, again] = [match(data, options), match(data, options)];
  strictEqual(pairListHash(once.semantic), pairListHash(again.semantic));
  notDeepStrictEqual(once.semantic.anchors, match(data, { ...options, seed: 2 }).semantic.anchors);
  const { partners, perEpoch } = once.semantic;
  notDeepStrictEqual(partners.slice(0, perEpoch), partners.slice(perEpoch));
});

Deno.test("match: a class that cannot be paired is named", () => {
  const problem = (message: RegExp) => (error: unknown) => {
    ok(error instanceof Problem);
    assert.match(error.message, message);
    return true;
  };
  const differ = ["artist"];
  const cases: [() => unknown, RegExp][] = [
    [() => match(toyDataset([3, 1]), { pairsPerClass: 1, seed: 1 }), /"class 0" .* needs two/],
    [() => match(toyDataset([3, 1]), { pairsPerClass: 2, seed: 1 }), /"class 1" .* holds 1 image/],
    [
      () => match(toyDataset([4, 4], { artists: 1 }), { pairsPerClass: 4, seed: 1, differ }),
      /"class 0".*every partner differs in artist/,
    ],
    [
      () => match(toyDataset([4]), { pairsPerClass: 4, seed: 1, differ: ["weather"] }),
      /no factor "weather"; it knows artist/,
    ],
    [() => match(toyDataset([4]), { pairsPerClass: 0, seed: 1 }), /whole number above 0/],
    [() => match(toyDataset([4]), { pairsPerClass: 2, seed: 1, rounds: 1.5 }), /whole number/],
  ];
  for (const [attempt, message] of cases) throws(attempt, problem(message));
});

Deno.test("permutation: derangements of four come about equally often", () => {
  const counts = new Map<string, number>();
  for (let seed = 0; seed < 1800; seed++) {
    const p = permutation(4, { prng: prng(seed), allowed: (i, j) => i !== j })!;
    deepStrictEqual(sorted(p), [0, 1, 2, 3]);
    counts.set(p.join(), (counts.get(p.join()) ?? 0) + 1);
  }
  strictEqual(counts.size, 9); // there are nine, so 200 of each are expected
  for (const count of counts.values()) ok(count > 100 && count < 300, `${[...counts]}`);
});

Deno.test("permutation finds the only solution, and sees that there is none", () => {
  for (let seed = 0; seed < 20; seed++) {
    const cycle = permutation(50, { prng: prng(seed), allowed: (i, j) => j === (i + 1) % 50 });
    deepStrictEqual(cycle, Array.from({ length: 50 }, (_, i) => (i + 1) % 50));
    const star = { prng: prng(seed), allowed: (i: number, j: number) => (i === 0) !== (j === 0) };
    strictEqual(permutation(3, star), undefined); // 1 and 2 both need 0
  }
});
