/** What each arm of a comparison is made of, and the proof that two arms are made of the same. */
import { Problem } from "../base/problem.ts";
import type { Dataset } from "../datasets/dataset.ts";
import type { PairList } from "./pair_list.ts";

/** Both compositions, as rows to be shown: one quantity a row, one column an arm. */
export interface MatchReport {
  summary: { quantity: string; augmented: number | string; semantic: number | string }[];
  classes: { class: string; anchors: number; partners: number }[];
}

/**
 * Proves that two arms differ in who is whose partner, and in nothing else: one data set, the same
 * anchors in the same order, every image seen as often in each epoch (which fixes the images and the
 * class composition), and pairs of the kind that their list claims.
 *
 * @returns both compositions
 * @throws {Problem} naming the first difference
 */
export function proveMatched(dataset: Dataset, a: PairList, b: PairList): MatchReport {
  for (const pairs of [a, b]) proveSound(dataset, pairs);
  const differ = (what: string) =>
    new Problem(`the ${a.kind} and the ${b.kind} arm differ ${what}: build both with pairs.match`);
  if (a.perEpoch !== b.perEpoch) throw differ(`in pairs an epoch (${a.perEpoch}, ${b.perEpoch})`);
  if (a.anchors.length !== b.anchors.length) {
    throw differ(`in length (${a.anchors.length}, ${b.anchors.length} pairs)`);
  }
  const at = a.anchors.findIndex((anchor, k) => anchor !== b.anchors[k]);
  if (at >= 0) throw differ(`in the anchor of pair ${at} (${a.anchors[at]}, ${b.anchors[at]})`);
  for (let start = 0; start < a.anchors.length; start += a.perEpoch) {
    const [seenA, seenB] = [a, b].map((pairs) => timesSeen(dataset, epochOf(pairs, start)));
    const i = seenA.findIndex((times, image) => times !== seenB[image]);
    if (i >= 0) {
      throw differ(
        `in how often epoch ${start / a.perEpoch} sees image ${i} of class ` +
          `"${dataset.classes[dataset.label(i)]}" (${seenA[i]}, ${seenB[i]})`,
      );
    }
  }
  return report(dataset, a, b);
}

/** Whole epochs of pairs of this data set, each of the kind that the list claims. */
function proveSound(dataset: Dataset, { kind, anchors, partners, perEpoch, ...pairs }: PairList) {
  if (pairs.dataset !== dataset.hash) {
    throw new Problem(`the ${kind} pairs point into another data set than ${dataset.name}`);
  }
  if (anchors.length !== partners.length || !(perEpoch > 0) || anchors.length % perEpoch !== 0) {
    throw new Problem(
      `the ${kind} arm has ${anchors.length} anchors and ${partners.length} partners, not whole ` +
        `epochs of ${perEpoch} pairs`,
    );
  }
  const same = (k: number) => anchors[k] === partners[k];
  const related = (k: number) => dataset.label(anchors[k]) === dataset.label(partners[k]);
  for (const k of anchors.keys()) {
    if (![anchors[k], partners[k]].every((i) => i >= 0 && i < dataset.length)) {
      throw new Problem(`pair ${k} of the ${kind} arm points outside of ${dataset.name}`);
    }
    const honest = kind === "augmented" ? same(k) : kind === "false" || !same(k) && related(k);
    if (!honest) {
      throw new Problem(`pair ${k} (${anchors[k]}, ${partners[k]}) is no ${kind} pair`);
    }
  }
}

/** How often each image of the data set is in these pairs, as anchor or partner. */
function timesSeen(dataset: Dataset, { anchors, partners }: Pairs): Int32Array {
  const times = new Int32Array(dataset.length);
  for (const i of anchors) times[i]++;
  for (const i of partners) times[i]++;
  return times;
}

type Pairs = Pick<PairList, "anchors" | "partners">;

function epochOf({ anchors, partners, perEpoch }: PairList, start: number): Pairs {
  const [from, to] = [start, start + perEpoch];
  return { anchors: anchors.subarray(from, to), partners: partners.subarray(from, to) };
}

function report(dataset: Dataset, a: PairList, b: PairList): MatchReport {
  const [rowsA, rowsB] = [a, b].map((pairs) => composition(dataset, pairs));
  const first = epochOf(a, 0);
  const count = (indices: Int32Array) => Map.groupBy(indices, (i) => dataset.label(i));
  const [anchors, partners] = [count(first.anchors), count(first.partners)];
  return {
    summary: rowsA.map(([quantity, augmented], k) => ({
      quantity,
      augmented,
      semantic: rowsB[k][1],
    })),
    classes: dataset.classes.map((name, label) => ({
      class: name,
      anchors: anchors.get(label)?.length ?? 0,
      partners: partners.get(label)?.length ?? 0,
    })),
  };
}

/** What an arm is made of, quantity by quantity. */
function composition(dataset: Dataset, pairs: PairList): [string, number | string][] {
  const epoch = epochOf(pairs, 0);
  const seen = timesSeen(dataset, epoch).filter((times) => times > 0);
  const perClass = Map.groupBy(epoch.anchors, (i) => dataset.label(i)).values()
    .map((images) => images.length).toArray();
  const share = (agree: (anchor: number, partner: number) => boolean) => {
    const agreeing = pairs.anchors.filter((anchor, k) => agree(anchor, pairs.partners[k])).length;
    return `${(100 * agreeing / pairs.anchors.length).toFixed(1)} %`;
  };
  const images = [...new Set(epoch.anchors)];
  const factors = Object.keys(dataset.factors?.(images[0]) ?? {}).filter((factor) =>
    new Set(images.map((i) => dataset.factors!(i)[factor])).size <= images.length / 2
  ); // one that no two images share, such as a position, says nothing
  return [
    ["images", seen.length],
    ["classes", perClass.length],
    ["pairs an epoch", pairs.perEpoch],
    ["anchors a class", range(perClass)],
    ["times an epoch sees each image", range(seen)],
    ["epochs with partners of their own", pairs.anchors.length / pairs.perEpoch],
    ["partner is the same image", share((i, j) => i === j)],
    ["partner is of the same class", share((i, j) => dataset.label(i) === dataset.label(j))],
    ...factors.map((factor): [string, string] => [
      `partner has the same ${factor}`,
      share((i, j) => dataset.factors!(i)[factor] === dataset.factors!(j)[factor]),
    ]),
  ];
}

/** `[3, 3]` → `3`; `[2, 5]` → `2 to 5`. */
function range(values: number[] | Int32Array): number | string {
  const sorted = Float64Array.from(values).sort();
  const [low, high] = [sorted[0], sorted[sorted.length - 1]];
  return low === high ? low : `${low} to ${high}`;
}
