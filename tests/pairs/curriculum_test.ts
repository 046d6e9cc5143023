import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { curriculum } from "../../lib/pairs/curriculum.ts";
import { match } from "../../lib/pairs/match.ts";
import { toyDataset } from "./toy_dataset.ts";

Deno.test("curriculum: the augmented arm's rounds, then those of the semantic arm", () => {
  const images = toyDataset([6, 6]), options = { seed: 1, rounds: 4 };
  const { augmented, semantic } = match(images, options);
  for (const [share, begin] of [[0, 4], [0.25, 3], [0.5, 2], [0.6, 2], [1, 0]]) {
    const { curriculum: list, report } = curriculum(images, { ...options, share });
    const at = begin * list.perEpoch;
    deepStrictEqual(list.anchors, augmented.anchors);
    deepStrictEqual(list.partners.subarray(0, at), augmented.partners.subarray(0, at));
    deepStrictEqual(list.partners.subarray(at), semantic.partners.subarray(at));
    strictEqual(report.kinds[1].semantic, (4 - begin) * list.perEpoch);
  }
  throws(
    () => curriculum(images, { ...options, share: 2 }),
    /share is 2: give a number from 0 to 1/,
  );
});
