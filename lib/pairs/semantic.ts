/** Semantic pairs: two different images of one class. */
import type { Prng } from "../base/prng.ts";
import { Problem } from "../base/problem.ts";
import type { Dataset } from "../datasets/dataset.ts";
import { repeat } from "./augmented.ts";
import type { PairList } from "./pair_list.ts";

/**
 * Pairs every anchor with another image of its class. Within a class and a round the partners are a
 * random permutation of the anchors without fixed points, so that every image is anchor once and
 * partner once an epoch: as often in the batch as in the augmented arm.
 *
 * @param anchors distinct image indices, in the order of an epoch
 * @param differ factors in which every partner differs from its anchor, e.g. `["artist"]`
 * @param rounds how many epochs' worth of fresh partners
 * @throws {Problem} naming the class, where it cannot be paired so, or an unknown factor
 */
export function semanticPairs(
  dataset: Dataset,
  anchors: Int32Array,
  prng: Prng,
  { differ = [], rounds = 1 }: { differ?: string[]; rounds?: number } = {},
): PairList {
  const classes = Map.groupBy(anchors.keys(), (position) => dataset.label(anchors[position]));
  const mayMeet = differing(dataset, differ);
  const partners = repeat(anchors, rounds);
  for (let round = 0; round < rounds; round++) {
    for (const [label, positions] of classes) {
      const images = positions.map((position) => anchors[position]);
      const partnerOf = permutation(images.length, {
        prng: prng.fork(`round ${round}, class ${label}`),
        allowed: (i, j) => mayMeet(images[i], images[j]),
      });
      if (!partnerOf) throw impossible(dataset, dataset.classes[label], images, differ);
      positions.forEach((position, i) =>
        partners[round * anchors.length + position] = images[partnerOf[i]]
      );
    }
  }
  return {
    kind: "semantic",
    origin: "same class",
    anchors: repeat(anchors, rounds),
    partners,
    perEpoch: anchors.length,
    dataset: dataset.hash,
  };
}

/**
 * A random permutation p of 0 … n - 1 with `allowed(i, p[i])` for every i, or undefined where none
 * exists. A random permutation keeps what is allowed of it; each i that is left takes its place
 * along an augmenting path (Kuhn's bipartite matching), which finds a solution whenever there is one.
 *
 * @example No fixed points.
 * ```ts
 * import { prng } from "../base/prng.ts";
 * import { ok } from "node:assert/strict";
 * const p = permutation(5, { prng: prng(1), allowed: (i, j) => i !== j })!;
 * ok(p.every((j, i) => j !== i));
 * ```
 */
export function permutation(
  n: number,
  { prng, allowed }: { prng: Prng; allowed: (i: number, j: number) => boolean },
): number[] | undefined {
  const image = prng.shuffle(Array(n).keys()); // where it is not allowed, replaced below
  const taker: (number | undefined)[] = Array(n).fill(undefined); // j -> the i that holds it
  image.forEach((j, i) => taker[j] = allowed(i, j) ? i : undefined);
  const waiting = prng.shuffle(image.keys().filter((i) => taker[image[i]] !== i));
  const order = prng.shuffle(Array(n).keys());
  const seat = (i: number, tried: Set<number>): boolean => {
    for (const j of order) {
      if (tried.has(j) || !allowed(i, j)) continue;
      tried.add(j);
      const holder = taker[j];
      if (holder !== undefined && !seat(holder, tried)) continue;
      taker[j] = i;
      image[i] = j;
      return true;
    }
    return false;
  };
  return waiting.every((i) => seat(i, new Set())) ? image : undefined;
}

/** Whether two images are different and differ in each of the factors. */
function differing(dataset: Dataset, factors: string[]): (a: number, b: number) => boolean {
  const known = dataset.length > 0 ? dataset.factors?.(0) ?? {} : {};
  const unknown = factors.find((factor) => !(factor in known));
  if (unknown !== undefined) {
    throw new Problem(
      `${dataset.name} knows no factor "${unknown}"; it knows ` +
        (Object.keys(known).join(", ") || "none: leave `differ` empty"),
    );
  }
  const values = (i: number) => dataset.factors!(i);
  return (a, b) => a !== b && factors.every((factor) => values(a)[factor] !== values(b)[factor]);
}

function impossible(dataset: Dataset, name: string, images: number[], differ: string[]): Problem {
  if (images.length < 2) {
    return new Problem(
      `class "${name}" of ${dataset.name} has one image and a semantic pair needs two: ` +
        "add images or leave the class out",
    );
  }
  return new Problem(
    `class "${name}" of ${dataset.name} has no pairing of its ${images.length} images in which ` +
      `every partner differs in ${differ.join(" and ")}: take fewer factors or more images`,
  );
}
