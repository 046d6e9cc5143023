import { strictEqual } from "node:assert/strict";
import { match } from "../../lib/pairs/match.ts";
import { sameClassRate } from "../../lib/study/run_cell.ts";
import { toyDataset } from "../pairs/toy_dataset.ts";

Deno.test("sameClassRate equals the count over all pairs of pairs, in both arms", () => {
  const data = toyDataset([5, 5, 5]);
  const { augmented, semantic } = match(data, { pairsPerClass: 5, seed: 1, rounds: 2 });
  let same = 0, all = 0;
  for (let i = 0; i < augmented.perEpoch; i++) {
    for (let j = 0; j < augmented.perEpoch; j++) {
      if (i === j) continue;
      all++;
      if (data.label(augmented.anchors[i]) === data.label(augmented.anchors[j])) same++;
    }
  }
  strictEqual(sameClassRate(data, augmented), same / all);
  strictEqual(sameClassRate(data, semantic), same / all);
});
