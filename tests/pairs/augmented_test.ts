import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { augmentedOnly } from "../../lib/pairs/augmented.ts";
import { toyDataset } from "./toy_dataset.ts";

const data = { ...toyDataset([10, 10]), label: () => -1 };

Deno.test("augmentedOnly: images without labels, each with itself, and a report of one arm", () => {
  const { augmented, report } = augmentedOnly(data, { seed: 1, images: 8, rounds: 3 });
  const { anchors, partners, perEpoch, kind, dataset } = augmented;
  deepStrictEqual([kind, perEpoch, dataset], ["augmented", 8, data.hash]);
  deepStrictEqual(anchors, partners);
  strictEqual(new Set(anchors).size, 8);
  deepStrictEqual(anchors.slice(0, 8), anchors.slice(16));
  deepStrictEqual(report.summary[0], { quantity: "images", augmented: 8 });
  deepStrictEqual(report.kinds, [
    { arm: "augmented", pairs: 24, augmented: 24, semantic: 0, false: 0, unknown: 0 },
  ]);
});

Deno.test("augmentedOnly: all images, or fewer, which are among more; no others", () => {
  strictEqual(augmentedOnly(data, { seed: 1 }).augmented.perEpoch, 20);
  const [few, more] = [5, 9].map((images) =>
    augmentedOnly(data, { seed: 1, images }).augmented.anchors
  );
  ok(few.every((i) => more.includes(i)));
  for (const images of [0, 21, 1.5]) {
    throws(() => augmentedOnly(data, { seed: 1, images }), /give a whole number from 1 to 20/);
  }
  throws(() => augmentedOnly(data, { seed: 1, rounds: 0 }), /rounds is 0/);
});
