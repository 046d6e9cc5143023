import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { join } from "@std/path";
import { exists } from "../../lib/base/files.ts";
import { dispose } from "../../lib/engine/mod.ts";
import { frozenFrom } from "../../lib/evaluation/frozen.ts";
import { initialBackbone } from "../../lib/training/fit.ts";
import { audit } from "../../lib/study/audit.ts";
import { runFolder } from "../../lib/study/run_folder.ts";
import type { Arm, Cell } from "../../lib/study/cell.ts";
import { type Design, minedPairs, withLength } from "../../lib/study/design.ts";
import { inputsOf, miningOf, pairsOf, splitsOf } from "../../lib/study/material.ts";
import { pairsToTrainOn as pairsFor } from "../../lib/study/mined_pairs.ts";
import { minedGains, minedHypotheses, minedShares } from "../../lib/study/mining.ts";
import { accuracies } from "../../lib/study/rows.ts";
import { run } from "../../lib/study/run.ts";
import { pairKind } from "../../lib/pairs/relation.ts";
import { inFolder } from "../in_folder.ts";

const smoke = minedPairs("smoke");
/** Three epochs, so that there is a third of them. */
const cells = smoke.cells.filter(({ seed }) => seed === 1)
  .map((cell) => ({ ...withLength(cell, 3), seed: 87 }));
const design: Design = { ...smoke, cells };
const cellOf = (arm: Arm) => cells.find((cell) => cell.arm === arm)!;

async function forget(cells: readonly Cell[]): Promise<void> {
  for (const cell of cells) {
    await Deno.remove(runFolder(await inputsOf(cell)), { recursive: true }).catch(() => {});
  }
}

Deno.test("mined arms: from pretraining over mining to audited runs and gains", () =>
  inFolder(async (folder) => {
    try {
      const runs = await run({ ...design, folder });
      strictEqual((await audit(design, runs)).runs, 5);
      const shares = minedShares(runs);
      deepStrictEqual(shares.map((row) => [row.arm, row["from epoch"]]), [
        ...[["mined 5", 0], ["bootstrapped 5", 1], ["bootstrapped 5", 2]],
      ]);
      ok(shares.every((row) => Number(row["with a mined partner, %"]) > 20));
      const rows = accuracies(runs).filter(({ evaluation, probe }) =>
        evaluation === "held-out concepts" && probe === "linear"
      );
      const gains = minedGains(rows);
      deepStrictEqual(gains.map(({ arm }) => arm), ["mined 5", "bootstrapped 5", "semantic"]);
      strictEqual(minedHypotheses(gains, { evaluation: "held-out concepts" }).length, 2);
    } finally {
      await forget(cells);
    }
  }));

Deno.test("mined pairs: kept for a run that goes on, of the anchors of the other arms", () =>
  inFolder(async (folder) => {
    const cell = cellOf("bootstrapped 5"), backbone = initialBackbone(cell.backbone, 1);
    const source = () => Promise.reject(new Error("not asked for"));
    const { pairs, later, found } = await pairsFor(cell, { folder, source });
    deepStrictEqual(pairs, await pairsOf(cellOf("augmented")));
    deepStrictEqual([later!.from, later!.recipe], [[1, 2], { name: "mutual", k: 5 }]);
    await rejects(later!.pairs(1), {
      message: /mined pairs of a run that has begun cannot be read: .*; delete its checkpoints/,
    });
    const mined = await later!.pairs(1, backbone);
    deepStrictEqual(mined.anchors, pairs!.anchors);
    deepStrictEqual(await later!.pairs(1), mined); // as a run that goes on finds them
    await later!.pairs(2, backbone);
    const [{ epoch, paired, right }] = (await found())!;
    const { pretraining } = await splitsOf(cell.data);
    const kinds = [...mined.anchors.keys()]
      .map((k) => pairKind(pretraining, mined.anchors[k], mined.partners[k]));
    const share = (kind: string) => kinds.filter((it) => it === kind).length / kinds.length;
    strictEqual(epoch, 1);
    ok(Math.abs(paired - (1 - share("augmented"))) < 1e-9);
    ok(Math.abs(right - share("semantic")) < 1e-9);
    dispose(backbone);
  }));

Deno.test("mined pairs: by the backbone of the augmented arm, asked for once", () =>
  inFolder(async (folder) => {
    const cell = cellOf("mined 5"), backbone = initialBackbone(cell.backbone, 1);
    let asked = 0;
    const source = async () => {
      asked++;
      return await frozenFrom(cell.backbone, backbone);
    };
    const first = await pairsFor(cell, { folder, source });
    strictEqual(first.pairs!.kind, "mined");
    strictEqual(first.later, undefined);
    deepStrictEqual((await pairsFor(cell, { folder, source })).pairs, first.pairs);
    strictEqual(asked, 1);
    ok(await exists(join(folder, "pairs-from-epoch-0.parquet")));
    dispose(backbone);
  }));

Deno.test("mined arms: what decides their pairs is in their key", async () => {
  const keys = await Promise.all(
    [cellOf("mined 5"), { ...cellOf("mined 5"), arm: "mined 6" as const }, cellOf("bootstrapped 5")]
      .map(async (cell) => (await inputsOf(cell)).pairs),
  );
  strictEqual(new Set(keys).size, 3);
  strictEqual(miningOf(cellOf("augmented")), undefined);
  deepStrictEqual(miningOf(withLength(cellOf("bootstrapped 5"), 12))!.from, [4, 8]);
});
