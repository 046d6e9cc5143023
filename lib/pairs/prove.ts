/** The proof that two arms of a comparison are made of the same. */
import { Problem } from "../base/problem.ts";
import type { Dataset } from "../datasets/dataset.ts";
import type { PairKind, PairList } from "./pair_list.ts";
import { pairKind, type Relation } from "./relation.ts";
import { epochOf, type MatchReport, reportOn, timesSeen } from "./report.ts";
import type { Note } from "./sample.ts";

/**
 * Proves that two arms differ in who is whose partner, and in nothing else: one data set, the same
 * anchors in the same order, every image seen as often in each epoch (which fixes the images and
 * the class composition), and pairs of the kind that their list claims.
 *
 * @param notes what the report is to tell beside
 * @returns both compositions
 * @throws {Problem} naming the first difference
 */
export function proveMatched(
  dataset: Dataset,
  a: PairList,
  b: PairList,
  notes: Note[] = [],
): MatchReport {
  for (const pairs of [a, b]) proveSound(dataset, pairs);
  const differ = (what: string) =>
    new Problem(`the ${a.kind} and the ${b.kind} arm differ ${what}: build both in one call`);
  if (a.perEpoch !== b.perEpoch) throw differ(`in pairs an epoch (${a.perEpoch}, ${b.perEpoch})`);
  if (a.anchors.length !== b.anchors.length) {
    throw differ(`in length (${a.anchors.length}, ${b.anchors.length} pairs)`);
  }
  const at = a.anchors.findIndex((anchor, k) => anchor !== b.anchors[k]);
  if (at >= 0) throw differ(`in the anchor of pair ${at} (${a.anchors[at]}, ${b.anchors[at]})`);
  for (let epoch = 0; epoch * a.perEpoch < a.anchors.length; epoch++) {
    const [seenA, seenB] = [a, b].map((pairs) => timesSeen(dataset, epochOf(pairs, epoch)));
    const i = seenA.findIndex((times, image) => times !== seenB[image]);
    if (i >= 0) {
      throw differ(
        `in how often epoch ${epoch} sees image ${i} of class ` +
          `"${dataset.classes[dataset.label(i)] ?? "unknown"}" (${seenA[i]}, ${seenB[i]})`,
      );
    }
  }
  return reportOn(dataset, [a, b], notes);
}

/** What the pairs of a list may be. */
const honest: Record<PairKind, readonly Relation[]> = {
  augmented: ["augmented"],
  semantic: ["semantic"],
  hybrid: ["augmented", "semantic"],
  both: ["semantic"],
  noisy: ["semantic", "false"],
  curated: ["augmented", "semantic", "false", "unknown"],
  mined: ["augmented", "semantic", "false", "unknown"],
};

const inWords: Record<Relation, string> = {
  augmented: "one image twice",
  semantic: "of one class",
  false: "of two classes",
  unknown: "of images without a label",
};

/**
 * Proves that a list consists of whole epochs of pairs of this data set, each as its kind claims.
 *
 * @throws {Problem} naming the first pair that is not
 */
export function proveSound(
  dataset: Dataset,
  { kind, anchors, partners, perEpoch, ...pairs }: PairList,
): void {
  if (pairs.dataset !== dataset.hash) {
    throw new Problem(`the ${kind} pairs point into another data set than ${dataset.name}`);
  }
  const epochs = anchors.length / perEpoch;
  if (anchors.length !== partners.length || !(Number.isInteger(epochs) && epochs > 0)) {
    throw new Problem(
      `the ${kind} arm has ${anchors.length} anchors and ${partners.length} partners, not whole ` +
        `epochs of ${perEpoch} pairs`,
    );
  }
  const isInside = (i: number) => i >= 0 && i < dataset.length;
  for (let k = 0; k < anchors.length; k++) {
    if (!(isInside(anchors[k]) && isInside(partners[k]))) {
      throw new Problem(`pair ${k} of the ${kind} arm points outside of ${dataset.name}`);
    }
    const relation = pairKind(dataset, anchors[k], partners[k]);
    if (honest[kind].includes(relation)) continue;
    throw new Problem(
      `pair ${k} (${anchors[k]}, ${partners[k]}) of the ${kind} arm is ${inWords[relation]}`,
    );
  }
}
