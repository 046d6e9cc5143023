import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import type { Dataset } from "../../lib/datasets/dataset.ts";
import { match } from "../../lib/pairs/match.ts";
import { type Candidates, mined } from "../../lib/pairs/mined.ts";
import { pairListHash } from "../../lib/pairs/pair_list.ts";

/** Six images of each of three classes, or of none. */
function images(labels = Array.from({ length: 18 }, (_, i) => i % 3)): Dataset {
  return {
    ...{
      name: "things",
      classes: ["a", "b", "c"],
      length: labels.length,
      hash: `things ${labels}`,
    },
    image: () => ({ data: new Uint8Array(3), height: 1, width: 1 }),
    label: (i) => labels[i],
  };
}

const candidates = (...pairs: [number, number][]): Candidates => ({
  a: Int32Array.from(pairs, ([a]) => a),
  b: Int32Array.from(pairs, ([, b]) => b),
  similarity: Float32Array.from(pairs, (_, i) => 1 - i / 100),
});

/** Image 0 is everybody's neighbour: a hub. */
const hub = candidates([0, 1], [0, 2], [0, 3], [4, 5], [5, 6]);

Deno.test("mined: partners are candidates in both directions, the others are their own", () => {
  const { augmented, mined: list, report } = mined(images(), hub, { seed: 1, rounds: 4 });
  strictEqual(list.kind, "mined");
  const known = new Set([[0, 1], [0, 2], [0, 3], [4, 5], [5, 6]].flatMap(([a, b]) => [
    ...[`${a} ${b}`, `${b} ${a}`],
  ]));
  for (let round = 0; round < 4; round++) {
    const at = (k: number) => round * 18 + k;
    const partnerOf = new Map(
      Array.from({ length: 18 }, (_, k) => [list.anchors[at(k)], list.partners[at(k)]]),
    );
    for (const [anchor, partner] of partnerOf) {
      strictEqual(partnerOf.get(partner), anchor); // as often partner as anchor
      ok(anchor === partner || known.has(`${anchor} ${partner}`));
    }
    const paired = partnerOf.entries().filter(([a, b]) => a !== b).toArray();
    strictEqual(paired.length, 4); // the hub with one, and one of the others
  }
  const firsts = [0, 1, 2, 3].map((round) => list.partners.subarray(18 * round, 18 * (round + 1)));
  ok(new Set(firsts.map((partners) => [...partners].join())).size > 1, "partners are drawn anew");
  deepStrictEqual(augmented.anchors, list.anchors);
  ok(report.notes.some(({ note, count }) => note.includes("without a mined") && count === 4 * 14));
});

Deno.test("mined: the anchors are those of match with the same seed, and a seed is a list", () => {
  const options = { seed: 3, rounds: 2, pairsPerClass: 4 };
  const { mined: list } = mined(images(), hub, options);
  deepStrictEqual(list.anchors, match(images(), options).semantic.anchors);
  strictEqual(pairListHash(mined(images(), hub, options).mined), pairListHash(list));
  const other = mined(images(), hub, { ...options, seed: 4 }).mined;
  ok(pairListHash(other) !== pairListHash(list));
});

Deno.test("mined: no label is needed, and none is looked at", () => {
  const bare = images(Array(18).fill(-1));
  const { mined: list, report } = mined(bare, hub, { seed: 1, rounds: 2 });
  strictEqual(list.perEpoch, 18);
  ok(list.partners.some((partner, k) => partner !== list.anchors[k]));
  strictEqual(report.kinds[1].unknown, 8);
  throws(() => mined(bare, hub, { seed: 1, pairsPerClass: 2 }), /has no labels/);
});

Deno.test("mined: candidates of other images are no pairs of the sample", () => {
  const few = { seed: 1, classes: ["c"], pairsPerClass: 6 }; // images 2, 5, 8, …
  throws(() => mined(images(), candidates([0, 1]), few), /no mined pair is of two images of the/);
});
