import { deepStrictEqual, throws } from "node:assert/strict";
import { match } from "../../lib/pairs/match.ts";
import type { PairList } from "../../lib/pairs/pair_list.ts";
import { proveMatched, proveSound } from "../../lib/pairs/prove.ts";
import { toyDataset } from "./toy_dataset.ts";

const data = toyDataset([6, 6]);
const { augmented, semantic, report } = match(data, { pairsPerClass: 5, seed: 3, rounds: 2 });

Deno.test("the report says what both arms are made of", () => {
  const rows = Object.fromEntries(
    report.summary.map((r) => [r.quantity, [r.augmented, r.semantic]]),
  );
  deepStrictEqual(rows["images"], [10, 10]);
  deepStrictEqual(rows["pairs an epoch"], [10, 10]);
  deepStrictEqual(rows["anchors a class"], [5, 5]);
  deepStrictEqual(rows["times an epoch sees each image"], [2, 2]);
  deepStrictEqual(rows["partner is the same image"], ["100.0 %", "0.0 %"]);
  deepStrictEqual(rows["partner is of the same class"], ["100.0 %", "100.0 %"]);
  deepStrictEqual(report.kinds, [
    { arm: "augmented", pairs: 20, augmented: 20, semantic: 0, false: 0, unknown: 0 },
    { arm: "semantic", pairs: 20, augmented: 0, semantic: 20, false: 0, unknown: 0 },
  ]);
  deepStrictEqual(report.notes, []);
  deepStrictEqual(report.classes, [
    { class: "class 0", anchors: 5, partners: 5 },
    { class: "class 1", anchors: 5, partners: 5 },
  ]);
});

Deno.test("the report counts shared factors", () => {
  const artists = toyDataset([4], { artists: 2 });
  const differing = match(artists, { pairsPerClass: 4, seed: 1, differ: ["artist"] }).report;
  deepStrictEqual(differing.summary.at(-1), {
    quantity: "partner has the same artist",
    augmented: "100.0 %",
    semantic: "0.0 %",
  });
});

/** A copy of the list in which one number is another. */
function tampered(pairs: PairList, field: "anchors" | "partners", at: number, value: number) {
  return { ...pairs, [field]: pairs[field].with(at, value) };
}

Deno.test("proveMatched sees every way in which two arms can differ", () => {
  const [first, second] = semantic.anchors;
  const sibling = semantic.anchors.findIndex((i, k) =>
    // same class, but neither anchor nor partner
    k > 0 && i !== semantic.partners[0] && data.label(i) === data.label(first)
  );
  const swapped = tampered(tampered(semantic, "anchors", 0, second), "anchors", 1, first);
  const cases: [PairList, RegExp][] = [
    [
      tampered(semantic, "partners", 0, semantic.anchors[sibling]),
      /differ in how often epoch 0 sees/,
    ],
    [tampered(semantic, "partners", 0, first), /pair 0 .* of the semantic arm is one image twice/],
    [
      tampered(semantic, "partners", 0, data.label(first) === 0 ? 11 : 0), // another class
      /pair 0 .* of the semantic arm is of two classes/,
    ],
    [{ ...swapped, kind: "curated" }, /differ in the anchor of pair 0/],
    [{ ...semantic, dataset: "another" }, /point into another data set than toys/],
    [{ ...semantic, perEpoch: 20 }, /differ in pairs an epoch \(10, 20\)/],
    [{ ...semantic, perEpoch: 7 }, /not whole epochs of 7 pairs/],
    [tampered(semantic, "partners", 0, 99), /points outside of toys/],
    [
      { ...semantic, anchors: semantic.anchors.slice(10), partners: semantic.partners.slice(10) },
      /differ in length \(20, 10 pairs\)/,
    ],
  ];
  for (const [list, message] of cases) {
    throws(() => proveMatched(data, augmented, list), { message });
  }
  throws(() => proveMatched(data, tampered(augmented, "partners", 0, second), semantic), {
    message: /pair 0 .* of the augmented arm is of (one class|two classes)/,
  });
});

Deno.test("a list holds only what its kind may hold", () => {
  const [one] = semantic.anchors;
  const other = semantic.anchors.find((i) => data.label(i) !== data.label(one))!;
  const list = (kind: PairList["kind"], partner: number): PairList => ({
    ...{ kind, origin: "same class", dataset: data.hash, perEpoch: 1 },
    anchors: Int32Array.of(one),
    partners: Int32Array.of(partner),
  });
  const may = (kind: PairList["kind"]) =>
    [one, semantic.partners[0], other].map((partner) => {
      try {
        return proveSound(data, list(kind, partner)) === undefined;
      } catch {
        return false;
      }
    });
  deepStrictEqual(may("augmented"), [true, false, false]);
  deepStrictEqual(may("semantic"), [false, true, false]);
  deepStrictEqual(may("hybrid"), [true, true, false]);
  deepStrictEqual(may("noisy"), [false, true, true]);
  deepStrictEqual(may("curated"), [true, true, true]);
});

Deno.test("a list of no pairs is no list", () => {
  const none = { ...semantic, anchors: new Int32Array(), partners: new Int32Array() };
  throws(() => proveSound(data, none), { message: /0 anchors and 0 partners, not whole epochs/ });
});

Deno.test("two arms of one kind have columns of their own", () => {
  const fixed = match(data, { pairsPerClass: 5, seed: 3 }).semantic;
  const [row] = proveMatched(data, fixed, fixed).summary;
  deepStrictEqual(row, { quantity: "images", "semantic 1": 10, "semantic 2": 10 });
});
