/** What a cell is computed from: data and pairs, made once and kept for the cells that share them. */
import { keyOf } from "../base/hash.ts";
import { once } from "../base/once.ts";
import type { Progress } from "../base/progress.ts";
import { engineInfo } from "../engine/mod.ts";
import { hybrid } from "../pairs/hybrid.ts";
import { match } from "../pairs/match.ts";
import { noisy } from "../pairs/noisy.ts";
import { type PairKind, type PairList, pairListHash } from "../pairs/pair_list.ts";
import type { Cell, Inputs } from "./cell.ts";
import { imageSplits, sceneSplits, type Splits } from "./splits.ts";

/**
 * Counts the changes of this library's code that change results, such as a corrected loss: to be
 * raised with such a change, so that no result of the old code passes for one of the new.
 */
export const studyVersion = 4;

const splits = new Map<string, Promise<Splits>>();

/** Lists that are drawn together. */
type Drawn = Partial<Record<PairKind, PairList>>;
const drawn = new Map<string, Promise<Drawn>>();

/** The splits of a cell's data. A failure is not kept: the next call tries again. */
export function splitsOf(data: Cell["data"], progress?: Progress): Promise<Splits> {
  return once(
    splits,
    keyOf(data),
    () => data.source === "images" ? imageSplits(data, progress) : sceneSplits(data, progress),
  );
}

/** The pairs of a cell's arm, proved to match those of the augmented arm; none of the untrained one. */
export async function pairsOf(
  { data, pairing, seed, arm }: Cell,
): Promise<PairList | undefined> {
  if (arm === "untrained") return undefined;
  const { pretraining } = await splitsOf(data);
  const [kind, amount] = arm.split(" ") as [PairKind, string?];
  const options = { ...pairing, seed };
  const key = keyOf({ dataset: pretraining.hash, options, arm: amount ? arm : "one of both" });
  const lists = await once(drawn, key, () => Promise.resolve(draw(kind, Number(amount))));
  return lists[kind];

  function draw(kind: PairKind, amount: number): Drawn {
    if (kind === "hybrid") return hybrid(pretraining, { ...options, share: amount });
    if (kind === "noisy") return noisy(pretraining, { ...options, rate: amount });
    return match(pretraining, options);
  }
}

/** All that decides a cell's result. */
export async function inputsOf(cell: Cell): Promise<Inputs> {
  const { hashes } = await splitsOf(cell.data);
  const list = await pairsOf(cell);
  const { name, version, devices } = engineInfo();
  return {
    cell,
    dataset: keyOf(hashes),
    pairs: list ? pairListHash(list) : "none",
    engine: `${name} ${version}, ${devices.join(", ")}`,
    version: studyVersion,
  };
}
