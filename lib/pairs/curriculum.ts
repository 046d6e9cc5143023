/** A curriculum: augmented pairs first, then semantic ones. */
import { Problem } from "../base/problem.ts";
import type { Dataset } from "../datasets/dataset.ts";
import { match, type MatchOptions } from "./match.ts";
import type { PairList } from "./pair_list.ts";
import { proveMatched } from "./prove.ts";
import type { MatchReport } from "./report.ts";

/**
 * The rounds of the augmented arm, but for the last ones, which are the semantic arm's: of training in
 * as many epochs as rounds, the beginning is with augmented pairs.
 *
 * @param share of the rounds that are semantic, 0 … 1; rounded to whole ones
 * @throws {Problem} as {@link match}, and for a share that is none
 */
export function curriculum(
  dataset: Dataset,
  { share, ...options }: MatchOptions & { share: number },
): { augmented: PairList; curriculum: PairList; report: MatchReport } {
  if (!(share >= 0 && share <= 1)) {
    throw new Problem(`share is ${share}: give a number from 0 to 1`);
  }
  const { augmented, semantic } = match(dataset, options);
  const rounds = augmented.anchors.length / augmented.perEpoch;
  const begin = Math.round((1 - share) * rounds) * augmented.perEpoch;
  const partners = augmented.partners.slice();
  partners.set(semantic.partners.subarray(begin), begin);
  const pairs: PairList = { ...augmented, kind: "hybrid", origin: "same class", partners };
  return { augmented, curriculum: pairs, report: proveMatched(dataset, augmented, pairs) };
}
