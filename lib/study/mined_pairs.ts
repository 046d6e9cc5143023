/** Arms whose pairs are mined: by a backbone that is there, or by the one that is being trained. */
import { join } from "@std/path";
import { messageOf, Problem } from "../base/problem.ts";
import { extract } from "../evaluation/features.ts";
import { type Frozen, frozenFrom } from "../evaluation/frozen.ts";
import type { Embedder } from "../mining/embedder.ts";
import { mine } from "../mining/mine.ts";
import { mined } from "../pairs/mined.ts";
import { readPairs, writePairs } from "../pairs/pair_file.ts";
import { type PairList, pairListHash } from "../pairs/pair_list.ts";
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
export async function pairsToTrainOn(
  cell: Cell,
  { folder, source }: { folder: string; source: () => Promise<Frozen> },
): Promise<Trained> {
  const pairs = await pairsOf(cell), mining = miningOf(cell);
  if (!pairs || !mining) return { pairs, found: () => Promise.resolve(undefined) };
  const { pretraining } = await splitsOf(cell.data);
  const pathOf = (epoch: number) => join(folder, `pairs-from-epoch-${epoch}.parquet`);
  const kept = async (epoch: number) => await readPairs(pathOf(epoch), pretraining);
  const foundAnew = async (epoch: number, network: Frozen) => {
    await writePairs(pathOf(epoch), await mineBy(network, cell, mining), pretraining);
    return await kept(epoch);
  };
  const found = () =>
    Promise.all(mining.from.map(async (epoch) => describe(epoch, await kept(epoch))));
  const describe = (epoch: number, list: PairList): MinedPairs => {
    const [{ pairs, semantic, augmented }] = reportOn(pretraining, [list]).kinds;
    const shares = { paired: 1 - augmented / pairs, right: semantic / pairs };
    return { epoch, list: pairListHash(list), ...shares };
  };
  if (minesByAugmented(cell)) {
    const list = await kept(0).catch(async () => await foundAnew(0, await source()));
    return { pairs: list, found };
  }
  const later: Later = {
    from: mining.from,
    recipe: mining.rule,
    pairs: async (epoch, backbone) =>
      backbone
        ? await foundAnew(epoch, await frozenFrom(cell.backbone, backbone))
        : await kept(epoch).catch(lost),
  };
  return { pairs, later, found };
}

/** Pairs of a stage in whose midst a run goes on cannot be found anew. */
function lost(error: unknown): never {
  throw new Problem(
    `mined pairs of a run that has begun cannot be read: ${
      messageOf(error)
    }; delete its checkpoints`,
  );
}

async function mineBy(
  network: Frozen,
  { data, training, pairing, seed }: Cell,
  { rule }: Mining,
): Promise<PairList> {
  const { pretraining } = await splitsOf(data);
  const { size } = training.views;
  const embedder: Embedder = { // of a backbone that nobody asks again: nothing is kept
    ...{ name: "the backbone", hash: network.hash },
    embed: (dataset) => extract(network.model, network.variables(), dataset, { size }),
  };
  try {
    const { candidates } = await mine(pretraining, embedder, { rule });
    const { differ: _, ...sample } = pairing;
    return mined(pretraining, candidates, { ...sample, seed }).mined;
  } finally {
    network.release();
  }
}
