import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { pairKind } from "../../lib/pairs/relation.ts";
import type { Arm, Cell } from "../../lib/study/cell.ts";
import { perMethodGains } from "../../lib/study/design.ts";
import { inputsOf, pairsOf, splitsOf } from "../../lib/study/material.ts";

const cell = perMethodGains("smoke").cells.find(({ arm }) => arm === "semantic")!;
const withArm = (arm: Arm): Cell => ({ ...cell, arm });

Deno.test("pairsOf: every arm has the anchors of the others, and the partners that it names", async () => {
  const arms: Arm[] = ["augmented", "semantic", "hybrid 0.5", "noisy 0.25"];
  const lists = await Promise.all(arms.map((arm) => pairsOf(withArm(arm))));
  const { pretraining } = await splitsOf(cell.data);
  const share = (kind: string, of: typeof lists[0]) => {
    const { anchors, partners } = of!;
    const kinds = [...anchors].map((anchor, i) => pairKind(pretraining, anchor, partners[i]));
    return kinds.filter((each) => each === kind).length / kinds.length;
  };
  for (const list of lists) deepStrictEqual(list!.anchors, lists[0]!.anchors);
  deepStrictEqual(lists.map((list) => list!.kind), ["augmented", "semantic", "hybrid", "noisy"]);
  strictEqual(share("augmented", lists[0]), 1);
  strictEqual(share("semantic", lists[1]), 1);
  ok(Math.abs(share("semantic", lists[2]) - 0.5) < 0.05);
  ok(Math.abs(share("false", lists[3]) - 0.25) < 0.05);
  strictEqual(await pairsOf(withArm("untrained")), undefined);
});

Deno.test("inputsOf: other shares are other runs", async () => {
  const arms: Arm[] = ["augmented", "semantic", "hybrid 0.5", "hybrid 0.25", "noisy 0.25"];
  const hashes = await Promise.all(arms.map(async (arm) => (await inputsOf(withArm(arm))).pairs));
  strictEqual(new Set(hashes).size, arms.length);
  strictEqual((await inputsOf(withArm("untrained"))).pairs, "none");
});
