import * as assert from "node:assert/strict";
import { deepStrictEqual, notDeepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { Problem } from "../../lib/base/problem.ts";
import { prng } from "../../lib/base/prng.ts";
import type { Dataset } from "../../lib/datasets/dataset.ts";
import { match } from "../../lib/pairs/match.ts";
import { pairListHash } from "../../lib/pairs/pair_list.ts";
import { related } from "../../lib/pairs/relation.ts";
import { epochs, sameExposure, tally } from "./exposure.ts";
import { randomLabels, toyDataset, toyOfSeveral } from "./toy_dataset.ts";

const unlabelled = (data: Dataset, without: (i: number) => boolean): Dataset => ({
  ...data,
  label: (i) => without(i) ? -1 : data.label(i),
});

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
    sameExposure(augmented, semantic);
    for (const { anchors, partners } of epochs(semantic)) {
      strictEqual(new Set(anchors).size, anchors.length); // every image is anchor once
      anchors.forEach((anchor, k) => {
        ok(anchor !== partners[k]);
        strictEqual(data.label(anchor), data.label(partners[k]));
      });
    }
  }
});

Deno.test("match: any numbers of images and pairs, in classes of any size, are used evenly", () => {
  for (let seed = 0; seed < 150; seed++) {
    const random = prng(`numbers ${seed}`);
    const sizes = Array.from({ length: 1 + random.int(5) }, () => 3 + random.int(12));
    const imagesPerClass = random.int(2) ? "all" : 3 + random.int(Math.min(...sizes) - 2);
    const pairsPerClass = random.int(3) ? 2 + random.int(30) : undefined;
    const data = toyDataset(sizes), rounds = 1 + random.int(6);
    const { augmented, semantic } = match(data, { imagesPerClass, pairsPerClass, seed, rounds });
    sameExposure(augmented, semantic);
    sizes.forEach((size, label) => {
      const images = imagesPerClass === "all" ? size : imagesPerClass;
      const pairs = pairsPerClass ?? images;
      const ofClass = epochs(semantic).map(({ anchors }) =>
        [...anchors].filter((i) => data.label(i) === label)
      );
      for (const used of [...ofClass, ofClass.flat()]) {
        const times = [...tally(used).values()];
        strictEqual(times.length, Math.min(images, used.length));
        ok(Math.max(...times) - Math.min(...times) <= 1, `${times}`);
        strictEqual(used.length % pairs, 0);
      }
    });
    semantic.anchors.forEach((anchor, k) => {
      ok(anchor !== semantic.partners[k] && related(data, anchor, semantic.partners[k]));
    });
  }
});

Deno.test("match: in the course of many rounds an image meets others than those of one part", () => {
  const options = { imagesPerClass: "all", pairsPerClass: 4, rounds: 40, seed: 1 } as const;
  const { semantic } = match(toyDataset([8]), options); // two rounds use all eight
  const met = new Set(
    semantic.anchors.keys().filter((k) => semantic.anchors[k] === 0)
      .map((k) => semantic.partners[k]),
  );
  strictEqual(met.size, 7);
});

Deno.test("match: classes by name or number; fewer at random are among more", () => {
  const data = toyDataset([4, 5, 6, 7, 8]);
  const classesOf = (classes: string[] | number, seed = 1) => {
    const { report, semantic } = match(data, { classes, seed });
    sameExposure(match(data, { classes, seed }).augmented, semantic);
    return report.classes.filter(({ anchors }) => anchors > 0).map((row) => row.class);
  };
  deepStrictEqual(classesOf(["class 3", "class 1"]), ["class 1", "class 3"]);
  const drawn = [1, 2, 3, 4, 5].map((count) => classesOf(count));
  drawn.forEach((names, i) => {
    strictEqual(names.length, i + 1);
    ok(i === 0 || drawn[i - 1].every((name) => names.includes(name)));
  });
  notDeepStrictEqual(classesOf(2, 1), classesOf(2, 2));
});

Deno.test("match: small classes are left out only when told so, and counted", () => {
  const data = toyDataset([5, 1, 9, 0, 3]);
  throws(() => match(data, { seed: 1 }), {
    message: 'class "class 1" of toys holds 1 image, fewer than the 2 that its pairs need ' +
      '(1 more are too small): add images, lower the number, or give smallClasses: "leave out"',
  });
  const { report, augmented, semantic } = match(data, { seed: 1, smallClasses: "leave out" });
  sameExposure(augmented, semantic);
  deepStrictEqual(report.notes, [
    { note: "classes of fewer than 2 images, left out (class 1, class 3)", count: 2 },
  ]);
  deepStrictEqual(report.classes.map(({ anchors }) => anchors), [5, 0, 9, 0, 3]);
  const four = match(data, { seed: 1, imagesPerClass: 4, smallClasses: "leave out", classes: 2 });
  deepStrictEqual(four.report.classes.map(({ anchors }) => anchors), [4, 0, 4, 0, 0]);
  throws(() => match(data, { seed: 1, imagesPerClass: 20, smallClasses: "leave out" }), {
    message: "0 classes of toys are asked for, of 0 that can be used: choose others, or another " +
      "number",
  });
});

Deno.test("match: images without a label take no part, and none at all is a clear error", () => {
  const data = unlabelled(toyDataset([6, 6]), (i) => i % 3 === 0);
  const { report, augmented, semantic } = match(data, { seed: 1 });
  sameExposure(augmented, semantic);
  ok(semantic.anchors.every((i) => data.label(i) >= 0));
  deepStrictEqual(report.notes, [{ note: "images without a label, left out", count: 4 }]);
  throws(() => match(unlabelled(data, () => true), { seed: 1 }), {
    name: "Problem",
    message: /^toys has no labels, and a semantic pair is two images of one class: use pairs\.aug/,
  });
});

Deno.test("match: of several classes, a pair shares one, in every epoch, whatever the labels", () => {
  for (let seed = 0; seed < 150; seed++) {
    const random = prng(`several ${seed}`);
    const labels = randomLabels(4 + random.int(40), 4 + random.int(12), random);
    const data = toyOfSeveral([[0, 1], [0, 1], ...labels]), rounds = 1 + random.int(4);
    const { augmented, semantic, report } = match(data, { seed, rounds });
    sameExposure(augmented, semantic);
    semantic.anchors.forEach((anchor, k) => {
      const partner = semantic.partners[k];
      ok(anchor !== partner && data.labels!(anchor).some((l) => data.labels!(partner).includes(l)));
    });
    const left = report.notes.reduce((sum, { count }) => sum + count, 0);
    strictEqual(new Set(semantic.anchors).size + left, data.length);
  }
});

Deno.test("match: images of several classes meet under each of them", () => {
  const data = toyOfSeveral([[0, 1], [0], [0], [1], [1], [2], [], [0, 1]]);
  const { semantic, report } = match(data, { seed: 1, rounds: 60 });
  const met = new Set(
    semantic.anchors.keys().filter((k) => semantic.anchors[k] === 0)
      .map((k) => semantic.partners[k]),
  );
  deepStrictEqual([...met].sort(), [1, 2, 3, 4, 7]);
  deepStrictEqual(report.notes, [
    { note: "images without a label, left out", count: 1 },
    { note: "images that find nobody to share a class with, left out", count: 1 },
  ]);
  const some = match(data, { seed: 1, classes: ["class 1"] });
  deepStrictEqual([...some.semantic.anchors].sort(), [0, 3, 4, 7]);
  throws(() => match(data, { seed: 1, pairsPerClass: 2 }), /images of toys have several classes/);
  throws(() => match(data, { seed: 1, classes: ["class 2"] }), /no two images of toys share/);
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

Deno.test("match: what cannot be paired, or makes no sense, is named", () => {
  const problem = (message: RegExp) => (error: unknown) => {
    ok(error instanceof Problem);
    assert.match(error.message, message);
    return true;
  };
  const differ = ["artist"], seed = 1;
  const cases: [() => unknown, RegExp][] = [
    [
      () => match(toyDataset([3, 1]), { pairsPerClass: 1, seed }),
      /is 1: a semantic pair needs two/,
    ],
    [() => match(toyDataset([3, 1]), { pairsPerClass: 2, seed }), /"class 1" .* holds 1 image/],
    [
      () => match(toyDataset([4, 4], { artists: 1 }), { pairsPerClass: 4, seed, differ }),
      /"class 0".*every partner differs in artist/,
    ],
    [
      () => match(toyDataset([4]), { pairsPerClass: 4, seed, differ: ["weather"] }),
      /no factor "weather"; it knows artist/,
    ],
    [
      () => match(toyDataset([2]), { imagesPerClass: "all", pairsPerClass: 5, seed }),
      /"class 0" .* 2 images into 5 pairs .* give an even pairsPerClass/,
    ],
    [() => match(toyDataset([4]), { pairsPerClass: 0, seed }), /give a whole number from 2/],
    [() => match(toyDataset([4]), { imagesPerClass: NaN, seed }), /imagesPerClass is NaN/],
    [() => match(toyDataset([4]), { pairsPerClass: 2, seed, rounds: 1.5 }), /rounds is 1.5/],
    [() => match(toyDataset([4]), { classes: 2, seed }), /2 classes of toys are asked for, of 1/],
    [() => match(toyDataset([4]), { classes: [], seed }), /0 classes of toys are asked for/],
    [() => match(toyDataset([4]), { classes: ["cat"], seed }), /toys has no class "cat"/],
    [() => match({ ...toyDataset([4]), length: 0 }, { seed }), /has no labels/],
  ];
  for (const [attempt, message] of cases) throws(attempt, problem(message));
});
