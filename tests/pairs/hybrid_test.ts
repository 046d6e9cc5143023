import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { prng } from "../../lib/base/prng.ts";
import { hybrid } from "../../lib/pairs/hybrid.ts";
import { match } from "../../lib/pairs/match.ts";
import { pairListHash } from "../../lib/pairs/pair_list.ts";
import { epochs, sameExposure } from "./exposure.ts";
import { randomLabels, toyDataset, toyOfSeveral } from "./toy_dataset.ts";

/** Random data and options that can be matched. */
function anyCase(seed: number) {
  const random = prng(`hybrid case ${seed}`), rounds = 1 + random.int(3);
  if (seed % 3 === 0) {
    const labels = randomLabels(10 + random.int(40), 4 + random.int(9), random);
    return { data: toyOfSeveral([[0, 1], [0, 1], ...labels]), options: { seed, rounds } };
  }
  const sizes = Array.from({ length: 1 + random.int(6) }, () => 3 + random.int(12));
  const pairsPerClass = seed % 3 === 1 ? 2 + random.int(25) : undefined;
  const options = { imagesPerClass: "all", pairsPerClass, seed, rounds } as const;
  return { data: toyDataset(sizes), options };
}

/** Which pairs of a list are not an image with itself. */
const semanticPlaces = ({ anchors, partners }: { anchors: Int32Array; partners: Int32Array }) =>
  [...anchors.keys()].filter((k) => anchors[k] !== partners[k]);

Deno.test("hybrid: 0 is the augmented arm, 1 the semantic one, apart from the kind", () => {
  for (let seed = 0; seed < 60; seed++) {
    const { data, options } = anyCase(seed);
    const { augmented, semantic } = match(data, options);
    const [none, all] = [0, 1].map((share) => hybrid(data, { ...options, share }).hybrid);
    const [kind, origin] = ["hybrid", "same class"] as const;
    strictEqual(pairListHash(none), pairListHash({ ...augmented, kind, origin }));
    strictEqual(pairListHash(all), pairListHash({ ...semantic, kind }));
  }
});

Deno.test("hybrid: the share is exact, and the exposure the same", () => {
  for (let seed = 0; seed < 150; seed++) {
    const { data, options } = anyCase(seed), share = prng(`share ${seed}`).next();
    const arms = hybrid(data, { ...options, share });
    sameExposure(arms.augmented, arms.hybrid);
    for (const epoch of epochs(arms.hybrid)) {
      const found = semanticPlaces(epoch).length, asked = share * arms.hybrid.perEpoch;
      ok(found <= asked + 0.5 && found > asked - 1.5, `${found} of ${asked}`);
    }
    const { augmented, semantic } = arms.report.kinds[1];
    strictEqual(augmented + semantic, arms.hybrid.anchors.length);
    strictEqual(semantic, semanticPlaces(arms.hybrid).length);
  }
});

Deno.test("hybrid: classes of one size have the share each, to the next whole number", () => {
  const data = toyDataset(Array(9).fill(10));
  for (let share = 0; share <= 1; share += 0.05) {
    const { hybrid: list } = hybrid(data, { seed: 4, share });
    const counts = data.classes.map((_, label) =>
      semanticPlaces(list).filter((k) => data.label(list.anchors[k]) === label).length
    );
    for (const count of counts) {
      ok(Math.abs(count - share * 10) < (share < 0.2 ? 2 : 1.01) && count !== 1, `${counts}`);
    }
  }
});

Deno.test("hybrid: the anchors of a share are among those of a larger one", () => {
  for (let seed = 0; seed < 40; seed++) {
    const { data, options } = anyCase(seed);
    let before: number[] = [];
    for (const share of [0, 0.1, 0.25, 0.3, 0.5, 0.75, 0.9, 1]) {
      const now = semanticPlaces(hybrid(data, { ...options, share }).hybrid);
      ok(before.every((place) => now.includes(place)), `seed ${seed}, share ${share}`);
      before = now;
    }
  }
});

Deno.test("hybrid: partners differ in the factor; where just so many cannot, nearly so many do", () => {
  for (let seed = 0; seed < 40; seed++) {
    const data = toyDataset([12, 12, 8], { artists: 2 + seed % 3 }), share = prng(seed).next();
    const options = { seed, differ: ["artist"], rounds: 2 };
    const { augmented, hybrid: list } = hybrid(data, { ...options, share });
    sameExposure(augmented, list);
    const artist = (i: number) => data.factors!(i).artist;
    for (const k of semanticPlaces(list)) {
      ok(artist(list.anchors[k]) !== artist(list.partners[k]));
    }
    for (const epoch of epochs(list)) {
      ok(Math.abs(semanticPlaces(epoch).length - share * 32) < 5, `${share}`);
    }
  }
});

Deno.test("hybrid: of two images that come again, an even number of pairs is semantic", () => {
  const options = { imagesPerClass: "all", pairsPerClass: 6, seed: 1 } as const;
  const { augmented, hybrid: list } = hybrid(toyDataset([2]), { ...options, share: 0.5 });
  sameExposure(augmented, list);
  strictEqual(semanticPlaces(list).length, 2);
});

Deno.test("hybrid: a share that is none, and what cannot be matched, are refused", () => {
  for (const share of [-0.1, 1.1, NaN]) {
    throws(() => hybrid(toyDataset([4]), { seed: 1, share }), /give a number from 0 to 1/);
  }
  throws(() => hybrid(toyDataset([4, 1]), { seed: 1, share: 0.1 }), /"class 1" .* holds 1 image/);
});

Deno.test("hybrid: the report says what share was found", () => {
  const { report } = hybrid(toyDataset([40]), { seed: 1, share: 0.25 });
  const row = report.summary.find(({ quantity }) => quantity === "partner is the same image");
  deepStrictEqual(row, {
    quantity: "partner is the same image",
    augmented: "100.0 %",
    hybrid: "75.0 %",
  });
});
