/** From images without labels to pairs: embedding, neighbours, a rule. */
import { Problem } from "../base/problem.ts";
import { type Progress, silent } from "../base/progress.ts";
import type { Dataset } from "../datasets/dataset.ts";
import { type Rows, rowsIn } from "../evaluation/rows.ts";
import type { Candidates } from "../pairs/mined.ts";
import {
  agreement,
  candidatesOf,
  checkRule,
  type Rule,
  ruleText,
  withoutDuplicates,
} from "./candidates.ts";
import { clustersOf } from "./clusters.ts";
import type { Embedder } from "./embedder.ts";
import { exactNeighbours, type Neighbours } from "./neighbours.ts";
import { indexedNeighbours } from "./vector_index.ts";

/** Of more images than these, neighbours are sought by an index on disk: nearly all, in less time. */
const EXACT = 50_000;

/** What was mined. */
export interface Mined {
  candidates: Candidates;
  /** Pairs that were left out, for they are one picture. */
  duplicates: number;
  /** Whether neighbours were compared with all images, or sought by an index. */
  search: "exact" | "index";
}

/** Progress of each stage. */
export type Stages = (stage: string) => Progress;

/**
 * Mines pairs of images that one embedding takes for alike, or on which two agree.
 *
 * @param agree a second embedding, whose candidates by the same rule are to be the same
 * @throws {Problem} for a rule that means nothing for so many images, and where it leaves no pair
 * @example
 * ```ts ignore
 * const { candidates } = await mine(images, byBackbone(network, { size: 32, name: "SimCLR" }), {
 *   rule: { name: "mutual", k: 10 },
 * });
 * ```
 */
export async function mine(
  dataset: Dataset,
  embedder: Embedder,
  { rule, agree, progress = () => silent }: { rule: Rule; agree?: Embedder; progress?: Stages },
): Promise<Mined> {
  if (dataset.length < 2) throw new Problem(`${dataset.name} has no two images to be paired`);
  checkRule(rule, dataset.length);
  const search = dataset.length > EXACT ? "index" : "exact";
  const of = async (embedder: Embedder) => {
    const rows = await embedder.embed(dataset, progress(`embedding by ${embedder.name}`));
    rowsIn(rows, 2, `the embedding by ${embedder.name}`); // or throws
    const neighbours = await neighboursOf(rows, rule, search, progress("neighbours"));
    const { clusters } = { clusters: 0, ...rule };
    return candidatesOf(neighbours, rule, clusters ? clustersOf(rows, { clusters }) : undefined);
  };
  const first = await of(embedder);
  const agreed = agree ? agreement(first, await of(agree)) : first;
  const candidates = withoutDuplicates(dataset, agreed);
  if (candidates.a.length === 0) {
    throw new Problem(
      `the rule "${
        ruleText(rule)
      }" leaves no pair of ${dataset.name}: give a larger k or a lower ` +
        "similarity",
    );
  }
  return { candidates, duplicates: agreed.a.length - candidates.a.length, search };
}

function neighboursOf(
  rows: Rows,
  { k }: Rule,
  search: Mined["search"],
  progress: Progress,
): Promise<Neighbours> {
  return search === "exact" ? exactNeighbours(rows, k) : indexedNeighbours(rows, k, { progress });
}
