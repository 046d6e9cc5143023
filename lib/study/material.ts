/** What a cell is computed from: data and pairs, made once and kept for the cells that share them. */
import { keyOf } from "../base/hash.ts";
import { once } from "../base/once.ts";
import type { Progress } from "../base/progress.ts";
import { engineInfo } from "../engine/mod.ts";
import type { Rule } from "../mining/candidates.ts";
import { curriculum } from "../pairs/curriculum.ts";
import { hybrid } from "../pairs/hybrid.ts";
import { match } from "../pairs/match.ts";
import { noisy } from "../pairs/noisy.ts";
import { type PairList, pairListHash } from "../pairs/pair_list.ts";
import type { Arm, Cell, Inputs, Mixture } from "./cell.ts";
import { imageSplits, sceneSplits, type Splits } from "./splits.ts";

/**
 * Counts the changes of this library's code that change results, such as a corrected loss: to be
 * raised with such a change, so that no result of the old code passes for one of the new.
 */
export const studyVersion = 4;

const splits = new Map<string, Promise<Splits>>();

/** Lists that are drawn together, by their arms. */
type Drawn = Partial<Record<string, PairList>>;
const drawn = new Map<string, Promise<Drawn>>();

/** The splits of a cell's data. A failure is not kept: the next call tries again. */
export function splitsOf(data: Cell["data"], progress?: Progress): Promise<Splits> {
  return once(
    splits,
    keyOf(data),
    () => data.source === "images" ? imageSplits(data, progress) : sceneSplits(data, progress),
  );
}

/**
 * The pairs of a cell's arm, proved to match those of the augmented arm; none of the untrained one. Of
 * an arm whose pairs are mined, those that it has the anchors of: the augmented ones.
 */
export async function pairsOf(
  { data, pairing, seed, arm }: Cell,
): Promise<PairList | undefined> {
  if (arm === "untrained") return undefined;
  const { pretraining } = await splitsOf(data);
  const [kind, amount] = arm.split(" ") as [Arm | Mixture, string?];
  const options = { ...pairing, seed };
  const drawing = ["hybrid", "curriculum", "noisy"].includes(kind) ? arm : "one of both";
  const key = keyOf({ dataset: pretraining.hash, options, arm: drawing });
  const lists = await once(drawn, key, () => Promise.resolve(draw(Number(amount))));
  return lists[kind];

  function draw(amount: number): Drawn {
    const share = amount;
    if (kind === "hybrid") return { hybrid: hybrid(pretraining, { ...options, share }).hybrid };
    if (kind === "curriculum") {
      return { curriculum: curriculum(pretraining, { ...options, share }).curriculum };
    }
    if (kind === "noisy") return { noisy: noisy(pretraining, { ...options, rate: amount }).noisy };
    const { augmented, semantic } = match(pretraining, options);
    const both: PairList = { ...semantic, kind: "both" };
    return { augmented, semantic, both, mined: augmented, bootstrapped: augmented };
  }
}

/** All that decides a cell's result. */
export async function inputsOf(cell: Cell): Promise<Inputs> {
  const { hashes } = await splitsOf(cell.data);
  const { name, version, devices } = engineInfo();
  return {
    cell,
    dataset: keyOf(hashes),
    pairs: await pairsKeyOf(cell),
    engine: `${name} ${version}, ${devices.join(", ")}`,
    version: studyVersion,
  };
}

/** The hash of a cell's pairs; of such as are mined, of all that decides them. */
async function pairsKeyOf(cell: Cell): Promise<string> {
  const list = await pairsOf(cell);
  if (!list) return "none";
  const mining = miningOf(cell);
  return mining ? keyOf({ mining, begin: pairListHash(list) }) : pairListHash(list);
}

/** By what rule an arm's pairs are mined, and from which epochs on; undefined where they are not. */
export function miningOf({ arm, training: { epochs } }: Cell): Mining | undefined {
  const [kind, amount] = arm.split(" ");
  const rule: Rule = { name: "mutual", k: Number(amount) };
  if (kind === "mined") return { rule, from: [0] };
  if (kind !== "bootstrapped") return undefined;
  const from = [1, 2].map((third) => Math.round(third * epochs / 3));
  return { rule, from: [...new Set(from)].filter((epoch) => epoch > 0 && epoch < epochs) };
}

/** Whether an arm's pairs are those that the backbone of the augmented arm finds. */
export const minesByAugmented = (cell: Cell): boolean => miningOf(cell)?.from[0] === 0;

/** How pairs are mined. */
export type Mining = { rule: Rule; from: number[] };
