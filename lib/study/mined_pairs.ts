/** Arms whose pairs are mined: by a backbone that is there, or by the one that is being trained. */
import { join } from "@std/path";
import { exists } from "../base/files.ts";
import { Problem } from "../base/problem.ts";
import { type Frozen, frozenFrom } from "../evaluation/frozen.ts";
import { byBackbone } from "../mining/embedder.ts";
import { mine } from "../mining/mine.ts";
import type { Variables } from "../models/model.ts";
import { mined } from "../pairs/mined.ts";
import { readPairs, writePairs } from "../pairs/pair_file.ts";
import type { PairList } from "../pairs/pair_list.ts";
import { reportOn } from "../pairs/report.ts";
import type { Later } from "../training/run.ts";
import type { Cell, MinedPairs } from "./cell.ts";
import { minesByAugmented, type Mining, miningOf, pairsOf, splitsOf } from "./material.ts";

/** What a cell is trained on. */
export interface Trained {
  /** None of the untrained arm. */
  pairs?: PairList;
  later?: Later;
  /** What its mined pairs are, once they are found; nothing where none are. */
  found(): Promise<MinedPairs[] | undefined>;
}

/**
 * The pairs of a cell. Those that are mined are kept, as lists that `deno task pairs check` reads, so
 * that a run which was stopped goes on with the same ones.
 *
 * @param folder of the run
 * @param source the backbone of the augmented arm, for an arm that is mined by it
 */
export async function minedPairs(
  cell: Cell,
  { folder, source }: { folder: string; source: () => Promise<Frozen> },
): Promise<Trained> {
  const pairs = await pairsOf(cell), mining = miningOf(cell);
  if (!pairs || !mining) return { pairs, found: () => Promise.resolve(undefined) };
  const { pretraining } = await splitsOf(cell.data);
  const pathOf = (epoch: number) => join(folder, `pairs-from-epoch-${epoch}.parquet`);
  const found = () =>
    Promise.all(mining.from.map(async (epoch) => {
      const [{ pairs, semantic, augmented }] =
        reportOn(pretraining, [await readPairs(pathOf(epoch), pretraining)]).kinds;
      return { epoch, paired: 1 - augmented / pairs, right: semantic / pairs };
    }));
  const kept = async (epoch: number, network: () => Promise<Frozen>) => {
    const path = pathOf(epoch);
    if (!await exists(path)) {
      await writePairs(path, await mineBy(await network(), cell, mining), pretraining);
    }
    return await readPairs(path, pretraining);
  };
  if (minesByAugmented(cell)) return { pairs: await kept(0, source), found };
  const later: Later = {
    from: mining.from,
    recipe: mining.rule,
    pairs: (epoch, backbone) => kept(epoch, () => networkOf(cell, epoch, backbone)),
  };
  return { pairs, later, found };
}

async function networkOf(cell: Cell, epoch: number, backbone?: Variables): Promise<Frozen> {
  if (backbone) return await frozenFrom(cell.backbone, backbone);
  throw new Problem(
    `the pairs from epoch ${epoch} on have gone, and the run is past it: delete its checkpoints`,
  );
}

async function mineBy(
  network: Frozen,
  { data, training, pairing, seed }: Cell,
  { rule }: Mining,
): Promise<PairList> {
  const { pretraining } = await splitsOf(data);
  const embedder = byBackbone(network, { size: training.views.size, name: "the backbone" });
  try {
    const { candidates } = await mine(pretraining, embedder, { rule });
    const { differ: _, ...sample } = pairing;
    return mined(pretraining, candidates, { ...sample, seed }).mined;
  } finally {
    network.release();
  }
}
