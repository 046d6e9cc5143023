import { deepStrictEqual } from "node:assert/strict";
import { labelsOf, pairKind, related } from "../../lib/pairs/relation.ts";
import { toyDataset, toyOfSeveral } from "./toy_dataset.ts";

Deno.test("related: one class, one of several in common, and nothing known", () => {
  const one = { ...toyDataset([2, 2]), label: (i: number) => [0, 0, 1, -1, -1][i] };
  deepStrictEqual([[0, 1], [0, 2], [0, 3], [3, 4]].map(([a, b]) => related(one, a, b)), [
    ...[true, false, false, false],
  ]);
  deepStrictEqual([[0, 0], [0, 1], [0, 2], [0, 3], [3, 4]].map(([a, b]) => pairKind(one, a, b)), [
    ...["augmented", "semantic", "false", "unknown", "unknown"],
  ]);
  const several = toyOfSeveral([[0, 1], [1, 2], [2], []]);
  deepStrictEqual([[0, 1], [0, 2], [0, 3], [3, 3]].map(([a, b]) => pairKind(several, a, b)), [
    ...["semantic", "false", "unknown", "augmented"],
  ]);
  deepStrictEqual([labelsOf(one, 3), labelsOf(one, 2), labelsOf(several, 1)], [[], [1], [1, 2]]);
});
