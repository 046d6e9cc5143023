/** Which pairs are shown next, and what is known of all of them so far. */
import { prng } from "../base/prng.ts";
import { type Dataset, unlabeled } from "../datasets/dataset.ts";
import { type Bin, precisionBySimilarity, shareOf } from "../mining/precision.ts";
import type { Candidates } from "../pairs/mined.ts";
import { type Decisions, nameOf, type Verdict } from "./decisions.ts";

/** Whose candidates are looked at, in which order. */
export interface Queue {
  anchors: number[];
  /** Of each image, the most similar first. */
  partners: ReadonlyMap<number, { partner: number; similarity: number }[]>;
  candidates: Candidates;
}

/** So many candidates of an anchor are shown at a time. */
const SHOWN = 8;

/** Anchors in an order by chance, so that those whose candidates are judged are a sample of all. */
export function queueOf(candidates: Candidates, { seed }: { seed: number }): Queue {
  const partners = new Map<number, { partner: number; similarity: number }[]>();
  const add = (anchor: number, partner: number, similarity: number) => {
    if (!partners.has(anchor)) partners.set(anchor, []);
    partners.get(anchor)!.push({ partner, similarity }); // the most similar come first
  };
  candidates.a.forEach((a, pair) => {
    add(a, candidates.b[pair], candidates.similarity[pair]);
    add(candidates.b[pair], a, candidates.similarity[pair]);
  });
  const anchors = prng(`curation ${seed}`).shuffle(partners.keys());
  return { anchors, partners, candidates };
}

/** An image as the page shows it. */
export interface Shown {
  image: number;
  name: string;
  /** Its class, where it has one. */
  class: string | null;
}

/** All that the page shows; plain JSON. */
export interface State {
  dataset: string;
  /** Null where all candidates (of the class) are decided. */
  anchor: Shown | null;
  candidates: (Shown & { similarity: number; verdict: Verdict | null })[];
  counts: Record<Verdict, number> & { pairs: number };
  /** Of what was accepted or rejected; as if pairs were independent, which those of one image are not. */
  precision: { judged: number; precision: number | null; low: number; high: number };
  bins: Bin[];
  classes: string[];
}

/**
 * The first anchor with a candidate that is not decided, and how far the work is.
 *
 * @param only anchors of this class, if given
 */
export function stateOf(
  dataset: Dataset,
  { anchors, partners, candidates }: Queue,
  decisions: Decisions,
  only?: string,
): State {
  const shown = (image: number): Shown => ({
    image,
    name: nameOf(dataset, image),
    class: dataset.label(image) === unlabeled ? null : dataset.classes[dataset.label(image)],
  });
  const anchor = anchors.find((image) =>
    (!only || shown(image).class === only) &&
    partners.get(image)!.some(({ partner }) => !decisions.of([image, partner]))
  );
  /** Those around the first that is not decided. */
  const shownOf = (image: number) => {
    const all = partners.get(image)!;
    const first = all.findIndex(({ partner }) => !decisions.of([image, partner]));
    const from = first - first % SHOWN;
    return all.slice(from, from + SHOWN);
  };
  const verdicts = Array.from(
    candidates.a,
    (a, pair) => decisions.of([a, candidates.b[pair]]), // of an earlier mining there may be others
  );
  const count = (of: Verdict) => verdicts.filter((verdict) => verdict === of).length;
  const counts = { accept: count("accept"), reject: count("reject"), skip: count("skip") };
  const isRight = (pair: number) =>
    ({ accept: true, reject: false, skip: undefined })[verdicts[pair] ?? "skip"];
  return {
    dataset: dataset.name,
    anchor: anchor === undefined ? null : shown(anchor),
    candidates: anchor === undefined ? [] : shownOf(anchor).map(({ partner, similarity }) => ({
      ...shown(partner),
      ...{ similarity, verdict: decisions.of([anchor, partner]) ?? null },
    })),
    counts: { ...counts, pairs: candidates.a.length },
    precision: shareOf(counts.accept, counts.accept + counts.reject),
    bins: precisionBySimilarity(candidates, isRight, { bins: 5 }),
    classes: [...new Set(anchors.map((image) => shown(image).class))]
      .filter((name) => name !== null).sort(),
  };
}
